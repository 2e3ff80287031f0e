#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "collector/front.h"

namespace vdiwatch::collector {

// {"error":{"kind":…,"message":…}}, as docs/protocol.md says.
Response Refusal(int status, ErrorKind kind, std::string_view message);

// 503 with a Retry-After that differs from client to client.
Response Overloaded(std::string_view what);

struct ResponseFraming {
  bool keep_alive = true;
  bool with_body = true;  // false answers HEAD
};
// The response as HTTP/1.1 bytes.
std::string RenderResponse(const Response& response, ResponseFraming framing);

}  // namespace vdiwatch::collector
