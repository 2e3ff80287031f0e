#pragma once

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http.h"

namespace vdiwatch::server {

// Between Poco's requests and ours. Both may throw Poco::Exception when the connection is lost.

// Reads the whole request. Errors: invalid; conflict: the body is over its limit.
using BodyLimit = std::function<std::size_t(std::string_view method, std::string_view path)>;
Result<HttpRequest> ReadRequest(Poco::Net::HTTPServerRequest& in, const BodyLimit& max_body_bytes);
void WriteResponse(const HttpResponse& response, Poco::Net::HTTPServerResponse& out);

// 16 hex digits by which a person can find the request in the log.
std::string NewRequestId();

}  // namespace vdiwatch::server
