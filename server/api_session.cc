#include "server/handlers.h"
#include "server/problem.h"
#include "server/session_cookie.h"
#include "server/sign_in/oidc.h"

namespace vdiwatch::server {
namespace {

Json SessionJson(const Principal& principal) {
  return {{"user", principal.name},
          {"role", ToString(principal.role)},
          {"pools", principal.pools},
          {"csrf", principal.csrf}};
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
  ASSIGN_OR_RETURN(const auto answer, services.access.SignIn(user, password, VisitorOf(request)));
  if (answer.retry_after > Seconds(0)) return TooManyAttempts(answer.retry_after, request.id);
  if (!answer.principal) return Problem(401, "The name or the password is wrong.", request.id);
  HttpResponse response = JsonResponse(SessionJson(*answer.principal));
  SetSessionCookie(response, answer.cookie);
  return response;
}

Result<HttpResponse> ShowSession(const Services&, const Call& call) {
  return JsonResponse(SessionJson(*call.principal));
}

Result<HttpResponse> CloseSession(const Services& services, const Call& call) {
  if (!call.principal->by_cookie()) return Invalid("an API token has no session to end");
  ASSIGN_OR_RETURN(const auto id_token, services.access.SignOut(*call.principal));
  HttpResponse response{204, {}, ""};
  if (!id_token.empty() && services.oidc != nullptr) {
    const std::string url = services.oidc->SignOutUrl(id_token);
    if (!url.empty()) response = JsonResponse({{"continue", url}});
  }
  ForgetSessionCookie(response);
  return response;
}

}  // namespace vdiwatch::server
