#include <fmt/format.h>

#include "server/handlers.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

Json SessionJson(const Principal& principal) {
  return {{"user", principal.name}, {"role", ToString(principal.role)}, {"csrf", principal.csrf}};
}

// The __Host- prefix makes browsers insist on Secure, Path=/ and no Domain.
std::string CookieHeader(std::string_view value, std::string_view more) {
  return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax{}", kSessionCookie, value,
                     more);
}

}  // namespace

Result<HttpResponse> OpenSession(const Services& services, const Call& call) {
  const HttpRequest& request = call.request;
  if (OriginOf(request) == Origin::kOther) {
    return Problem(403, "Sign in from our own pages.", request.id);
  }
  ASSIGN_OR_RETURN(const Json body, ParseJson(request.body, "the body"));
  ASSIGN_OR_RETURN(const auto user, JsonMember<std::string>(body, "user"));
  ASSIGN_OR_RETURN(const auto password, JsonMember<std::string>(body, "password"));
  ASSIGN_OR_RETURN(const auto answer, services.access.SignIn(user, password, request.remote_ip));
  if (answer.retry_after > Seconds(0)) {
    HttpResponse refused =
        Problem(429, "Too many attempts to sign in; wait before the next.", request.id);
    refused.headers.emplace_back("Retry-After", std::to_string(answer.retry_after.count()));
    return refused;
  }
  if (!answer.principal) return Problem(401, "The name or the password is wrong.", request.id);
  HttpResponse response = JsonResponse(SessionJson(*answer.principal));
  response.headers.emplace_back("Set-Cookie", CookieHeader(answer.cookie, ""));
  return response;
}

Result<HttpResponse> ShowSession(const Services&, const Call& call) {
  return JsonResponse(SessionJson(*call.principal));
}

Result<HttpResponse> CloseSession(const Services& services, const Call& call) {
  if (!call.principal->by_cookie()) return Invalid("an API token has no session to end");
  RETURN_IF_ERROR(services.access.SignOut(*call.principal));
  HttpResponse response{204, {}, ""};
  response.headers.emplace_back("Set-Cookie", CookieHeader("", "; Max-Age=0"));
  return response;
}

}  // namespace vdiwatch::server
