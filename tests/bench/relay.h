#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace vdiwatch::bench {

// What one connection moved, by TCP's own counts on the client's side.
struct Traffic {
  std::uint64_t up_bytes = 0, down_bytes = 0;        // payload: TLS records
  std::uint64_t up_segments = 0, down_segments = 0;  // each costs a header more
};

// Listens on a free port of loopback and passes every connection on to `port` of loopback, one
// after the other, unchanged. Calls `listening` with its port, then `closed` for each connection;
// goes on until `closed` returns false.
Result<void> Relay(std::uint16_t port, const std::function<void(std::uint16_t)>& listening,
                   const std::function<bool(const Traffic&)>& closed);

}  // namespace vdiwatch::bench
