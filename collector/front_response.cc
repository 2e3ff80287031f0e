#include "collector/front_response.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

#include "base/digest.h"
#include "base/json.h"

namespace vdiwatch::collector {
namespace {

constexpr int kLeastRetryAfter = 10;
constexpr int kRetryAfterSpread = 50;

std::string_view Reason(int status) {
  namespace http = boost::beast::http;
  auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

}  // namespace

Response Refusal(int status, ErrorKind kind, std::string_view message) {
  Json error = {{"kind", ToString(kind)}, {"message", message}};
  Response response;
  response.status = status;
  response.body = Json{{"error", std::move(error)}}.dump();
  return response;
}

Response Overloaded(std::string_view what) {
  Response response = Refusal(503, ErrorKind::kUnavailable, what);
  auto random = static_cast<unsigned char>(RandomBytes(1)[0]);
  response.retry_after_s = kLeastRetryAfter + random % kRetryAfterSpread;
  return response;
}

std::string RenderResponse(const Response& response, ResponseFraming framing) {
  std::string bytes;
  bytes.reserve(256 + response.body.size());
  auto out = std::back_inserter(bytes);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nContent-Length: {}\r\n", response.status,
                 Reason(response.status), response.body.size());
  if (!response.body.empty()) fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  if (response.retry_after_s) fmt::format_to(out, "Retry-After: {}\r\n", *response.retry_after_s);
  if (!framing.keep_alive) bytes += "Connection: close\r\n";
  bytes += "\r\n";
  if (framing.with_body) bytes += response.body;
  return bytes;
}

}  // namespace vdiwatch::collector
