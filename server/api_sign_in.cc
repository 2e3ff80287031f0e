#include "base/text.h"
#include "server/handlers_access.h"
#include "server/problem.h"
#include "server/session_cookie.h"
#include "server/sign_in/oidc.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxPathBytes = 2048;

HttpResponse RedirectTo(const std::string& target) {
  return {303, {{"Location", target}, {"Cache-Control", "no-store"}}, ""};
}

// A path of ours, as a browser reads it too: it takes "//host" and "/\host" for other sites.
bool IsOwnPath(std::string_view path) {
  return path.starts_with('/') && !path.starts_with("//") && path.size() <= kMaxPathBytes &&
         path.find('\\') == std::string_view::npos && !FindControl(path) &&
         path.find_first_of("\n\t") == std::string_view::npos && IsUtf8(path);
}

// Back to the sign-in page with the code of what it tells the person; the log has the reason.
HttpResponse Failed(const Services& services, const Call& call, std::string_view code,
                    const std::string& why) {
  services.log.Warning("request {}: sign-in through the provider from {}: {}: {}", call.request.id,
                       call.request.remote_ip, code, Printable(why, 500));
  HttpResponse response = RedirectTo("/sign-in?problem=" + std::string(code));
  SetCookie(response, kAttemptCookie, "", "; Max-Age=0");
  return response;
}

std::string_view CodeOf(const Error& error) {
  if (error.kind == ErrorKind::kNotFound) return "expired";
  return error.kind == ErrorKind::kUnavailable ? "unavailable" : "failed";
}

// What the provider said instead of a code (RFC 6749 §4.1.2.1).
HttpResponse Refused(const Services& services, const Call& call, std::string_view error) {
  const auto abandoned =
      services.oidc->Abandon(call.Query("state"), call.request.Cookie(kAttemptCookie));
  if (!abandoned)
    return Failed(services, call, CodeOf(abandoned.error()), abandoned.error().message);
  const std::string why = std::string(error) + " " + std::string(call.Query("error_description"));
  return Failed(services, call, error == "access_denied" ? "refused" : "failed", why);
}

std::string_view CodeOf(SignInAnswer::Refusal refusal) {
  return refusal == SignInAnswer::Refusal::kNameTaken ? "name_taken" : "disabled";
}

}  // namespace

Result<HttpResponse> ShowSignIn(const Services& services, const Call&) {
  Json oidc = nullptr;
  if (services.oidc != nullptr) {
    oidc = {{"label", services.oidc->config().label}, {"url", "/api/v1/sign-in/oidc"}};
  }
  const bool password = services.oidc == nullptr || services.oidc->config().password_sign_in;
  return JsonResponse({{"password", password}, {"oidc", std::move(oidc)}});
}

Result<HttpResponse> BeginOidc(const Services& services, const Call& call) {
  if (services.oidc == nullptr) return NotFound("No sign-in provider is configured.");
  if (const Seconds wait = services.access.MayBegin(call.request.remote_ip); wait > Seconds(0)) {
    return TooManyAttempts(wait, call.request.id);
  }
  const std::string_view wanted = call.Query("return_to");
  if (!wanted.empty() && !IsOwnPath(wanted))
    return Invalid("return_to must be a path of this site");
  const auto begun = services.oidc->Begin(wanted.empty() ? "/" : std::string(wanted));
  if (!begun) return Failed(services, call, CodeOf(begun.error()), begun.error().message);
  HttpResponse response = RedirectTo(begun->url);
  SetCookie(response, kAttemptCookie, begun->cookie, "; Max-Age=600");
  return response;
}

Result<HttpResponse> FinishOidc(const Services& services, const Call& call) {
  if (services.oidc == nullptr) return NotFound("No sign-in provider is configured.");
  const HttpRequest& request = call.request;
  // A code of another provider must not be redeemed at this one (RFC 9207).
  const std::string_view issuer = call.Query("iss");
  if (!issuer.empty() && issuer != services.oidc->config().issuer) {
    return Failed(services, call, "failed", "an answer of another issuer");
  }
  if (const std::string_view error = call.Query("error"); !error.empty()) {
    return Refused(services, call, error);
  }
  const auto finished = services.oidc->Finish(call.Query("state"), call.Query("code"),
                                              request.Cookie(kAttemptCookie));
  if (!finished) return Failed(services, call, CodeOf(finished.error()), finished.error().message);
  const Identity& who = finished->identity;
  if (!finished->granted) {
    const std::string roles = who.roles.empty() ? "none" : Join(who.roles, ", ");
    RETURN_IF_ERROR(services.access.Audit("provider", "sign_in_failed", who.name, "no role here"));
    return Failed(services, call, "no_role",
                  who.name + " has no role here; its claim says: " + roles);
  }
  ASSIGN_OR_RETURN(const auto answer, services.access.SignInAs({.name = who.name,
                                                                .subject = who.subject,
                                                                .role = finished->granted->role,
                                                                .pools = finished->granted->pools,
                                                                .id_token = finished->id_token},
                                                               VisitorOf(request)));
  if (!answer.principal) return Failed(services, call, CodeOf(answer.refusal), who.name);
  HttpResponse response = RedirectTo(finished->return_to);
  SetCookie(response, kAttemptCookie, "", "; Max-Age=0");
  SetSessionCookie(response, answer.cookie);
  return response;
}

}  // namespace vdiwatch::server
