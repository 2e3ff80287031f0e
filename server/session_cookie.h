#pragma once

#include <string_view>

#include "base/clock.h"
#include "server/http.h"

namespace vdiwatch::server {

// The __Host- prefix of a cookie's name makes browsers insist on Secure, Path=/ and no Domain; Lax,
// since people come by links from mails and back from the sign-in provider.
void SetCookie(HttpResponse& response, std::string_view name, std::string_view value,
               std::string_view more = "");
void SetSessionCookie(HttpResponse& response, std::string_view value);
void ForgetSessionCookie(HttpResponse& response);

// 429, and when to come back.
HttpResponse TooManyAttempts(Seconds retry_after, std::string_view request_id);

}  // namespace vdiwatch::server
