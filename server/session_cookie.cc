#include "server/session_cookie.h"

#include <fmt/format.h>

#include "server/access.h"
#include "server/problem.h"

namespace vdiwatch::server {

void SetCookie(HttpResponse& response, std::string_view name, std::string_view value,
               std::string_view more) {
  response.headers.emplace_back(
      "Set-Cookie",
      fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax{}", name, value, more));
}

void SetSessionCookie(HttpResponse& response, std::string_view value) {
  SetCookie(response, kSessionCookie, value);
}

void ForgetSessionCookie(HttpResponse& response) {
  SetCookie(response, kSessionCookie, "", "; Max-Age=0");
}

HttpResponse TooManyAttempts(Seconds retry_after, std::string_view request_id) {
  HttpResponse refused =
      Problem(429, "Too many attempts to sign in; wait before the next.", request_id);
  refused.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return refused;
}

}  // namespace vdiwatch::server
