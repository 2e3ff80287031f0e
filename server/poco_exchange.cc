#include "server/poco_exchange.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::server {
namespace {

// Past the limit so much is read and dropped: a connection that is closed on unread bytes is reset,
// and its client never sees the answer.
constexpr std::streamsize kDrainBytes = 1 << 20;

// Never more than the limit is held, whatever the head promised.
Result<std::string> ReadBody(Poco::Net::HTTPServerRequest& in, std::size_t max_bytes) {
  const Error too_large =
      Conflict(fmt::format("The body is over {} KiB, the most that is read.", max_bytes / 1024));
  if (in.hasContentLength() && in.getContentLength64() > static_cast<Poco::Int64>(max_bytes)) {
    in.stream().ignore(kDrainBytes);
    return too_large;
  }
  std::string body(max_bytes + 1, '\0');
  in.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
  body.resize(static_cast<std::size_t>(in.stream().gcount()));
  if (body.size() <= max_bytes) return body;
  in.stream().ignore(kDrainBytes);
  return too_large;
}

bool HasBody(const Poco::Net::HTTPServerRequest& in) {
  return in.getChunkedTransferEncoding() || (in.hasContentLength() && in.getContentLength64() > 0);
}

}  // namespace

Result<HttpRequest> ReadRequest(Poco::Net::HTTPServerRequest& in, const BodyLimit& max_body_bytes) {
  HttpRequest request;
  request.method = in.getMethod();
  request.remote_ip = in.clientAddress().host().toString();
  for (const auto& [name, value] : in) {
    std::string& slot = request.headers[ToLower(name)];
    slot += slot.empty() ? value : ", " + value;
  }
  const std::string& target = in.getURI();
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (!request.path.starts_with('/')) return Invalid("The target must be a path.");
  if (mark < target.size()) {
    ASSIGN_OR_RETURN(request.query, ParseQuery(std::string_view(target).substr(mark + 1)));
  }
  if (HasBody(in)) {
    ASSIGN_OR_RETURN(request.body, ReadBody(in, max_body_bytes(request.method, request.path)));
  }
  return request;
}

void WriteResponse(const HttpResponse& response, Poco::Net::HTTPServerResponse& out) {
  out.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status));
  out.setReason(Poco::Net::HTTPResponse::getReasonForStatus(out.getStatus()));
  for (const auto& [name, value] : response.headers) out.add(name, value);
  if (response.status == 204 || response.status == 304) {
    out.send();
  } else {
    out.sendBuffer(response.body.data(), response.body.size());
  }
}

std::string NewRequestId() { return Hex(RandomBytes(8)); }

}  // namespace vdiwatch::server
