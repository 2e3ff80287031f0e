#pragma once

#include <cstdint>
#include <string>

#include "server/http.h"

namespace vdiwatch::server {

// One HTTPS request over a connection of its own, its certificate checked against ca_file.
// Status 0 and the reason as body where there was no answer.
HttpResponse Https(std::uint16_t port, const std::string& ca_file, const HttpRequest& request);

// Bytes as they are over TLS, and what came back until the server closed.
std::string HttpsRaw(std::uint16_t port, const std::string& ca_file, const std::string& bytes);

}  // namespace vdiwatch::server
