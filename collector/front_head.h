#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "collector/front.h"

namespace vdiwatch::collector {

// A request's head, read off the wire; peer and remote_ip of `head` are the connection's to fill.
struct ParsedHead {
  RequestHead head;
  std::size_t size = 0;  // bytes that it took, the empty line included
  bool keep_alive = true;
  bool expects_continue = false;
};

struct NeedMore {};

// Reads the head at the start of `bytes`: the head, the refusal it earns (400, 411, 413, 414, 417,
// 431 or 505), or the wish for more bytes. Pure.
std::variant<NeedMore, ParsedHead, Response> ParseHead(std::string_view bytes,
                                                       std::uint64_t max_body_bytes);

}  // namespace vdiwatch::collector
