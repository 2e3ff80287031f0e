#include "server/access.h"

#include "base/digest.h"
#include "base/text.h"
#include "server/secrets.h"

namespace vdiwatch::server {
namespace {

// How exactly a session's last use is kept: a page that asks often must not write each time.
constexpr Seconds kLastUsedGrain{60};
constexpr std::size_t kMaxUserName = 100;

std::string UserKey(const std::string& user, const std::string& remote_ip) {
  return remote_ip + " " + Sha256(user);  // of one length, whatever name is guessed
}

}  // namespace

Access::Access(collector::AccessStore& store, const Clock& clock, Log& log, AccessOptions options)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      by_user_(options.per_user, clock),
      by_address_(options.per_address, clock) {}

Result<SignInAnswer> Access::SignIn(const std::string& name, const std::string& password,
                                    const std::string& remote_ip) {
  const std::string key = UserKey(name, remote_ip);
  const Seconds wait = std::max(by_user_.Take(key), by_address_.Take(remote_ip));
  if (wait > Seconds(0)) {
    log_.Warning("sign-in refused unheard: too many attempts for '{}' from {}",
                 Printable(name, kMaxUserName), remote_ip);
    return SignInAnswer{std::nullopt, "", wait};
  }
  ASSIGN_OR_RETURN(const auto user, store_.FindUser(name));
  ASSIGN_OR_RETURN(const bool right, IsRight(user, password));
  if (!right) {
    RETURN_IF_ERROR(Audit(Printable(name, kMaxUserName), "sign_in_failed", "session", remote_ip));
    return SignInAnswer{};
  }
  by_user_.Forget(key);
  RETURN_IF_ERROR(Audit(name, "sign_in", "session", remote_ip));
  return OpenSession(*user);
}

Result<bool> Access::IsRight(const std::optional<collector::User>& user,
                             const std::string& password) {
  if (password.size() > kMaxPasswordBytes) return false;
  hashing_.acquire();
  bool right = false;
  if (user) {
    right = VerifyPassword(user->password_hash, password);
  } else {
    PretendToVerify(password);
  }
  hashing_.release();
  return right;
}

Result<SignInAnswer> Access::OpenSession(const collector::User& user) {
  const auto role = ParseRole(user.role);
  if (!role) return Internal("user '" + user.name + "' has the unknown role '" + user.role + "'");
  const Time now = clock_.Now();
  const std::string cookie = RandomText(43);
  const collector::Session session{
      Sha256(cookie), user.name, RandomText(43), now, now, now + options_.session_lifetime};
  RETURN_IF_ERROR(store_.DeleteExpiredSessions(now));
  RETURN_IF_ERROR(store_.SaveSession(session));
  return SignInAnswer{Principal{user.name, *role, session.csrf, session.hash, user.pools}, cookie,
                      Seconds(0)};
}

Result<void> Access::SignOut(const Principal& principal) {
  RETURN_IF_ERROR(store_.DeleteSession(principal.session_hash));
  return Audit(principal.name, "sign_out", "session");
}

Result<std::optional<Principal>> Access::Authenticate(const HttpRequest& request) {
  static constexpr std::string_view kBearer = "Bearer ";
  const std::string_view authorization = request.Header("authorization");
  if (!authorization.empty()) {
    const bool bearer = EqualsIgnoreCase(authorization.substr(0, kBearer.size()), kBearer);
    if (!bearer) return std::optional<Principal>();
    return ByToken(Trim(authorization.substr(kBearer.size())));
  }
  const std::string_view cookie = request.Cookie(kSessionCookie);
  if (cookie.empty()) return std::optional<Principal>();
  return ByCookie(cookie);
}

Result<std::optional<Principal>> Access::ByToken(std::string_view token) {
  ASSIGN_OR_RETURN(const auto found, store_.FindApiToken(Sha256(token)));
  if (!found || found->expires_at <= clock_.Now()) return std::optional<Principal>();
  const auto role = ParseRole(found->role);
  if (!role) return Internal("API token '" + found->name + "' has an unknown role");
  return std::optional(Principal{"token:" + found->name, *role, "", "", found->pools});
}

Result<std::optional<Principal>> Access::ByCookie(std::string_view cookie) {
  ASSIGN_OR_RETURN(auto session, store_.FindSession(Sha256(cookie)));
  const Time now = clock_.Now();
  if (!session || session->expires_at <= now || session->last_used + options_.session_idle <= now) {
    return std::optional<Principal>();
  }
  ASSIGN_OR_RETURN(const auto user, store_.FindUser(session->user));
  const auto role = user ? ParseRole(user->role) : std::nullopt;
  if (!role) return std::optional<Principal>();
  if (now >= session->last_used + kLastUsedGrain) {
    RETURN_IF_ERROR(store_.TouchSession(session->hash, now));
  }
  return std::optional(Principal{user->name, *role, session->csrf, session->hash, user->pools});
}

Result<void> Access::Audit(std::string_view actor, std::string_view action,
                           std::string_view subject, std::string_view detail) {
  return store_.Audit({clock_.Now(), std::string(actor), std::string(action), std::string(subject),
                       std::string(detail)});
}

Origin OriginOf(const HttpRequest& request) {
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty()) return site == "same-origin" ? Origin::kSame : Origin::kOther;
  const std::string_view origin = request.Header("origin");
  if (origin.empty()) return Origin::kUntold;
  const std::string own = "https://" + std::string(request.Header("host"));
  return EqualsIgnoreCase(origin, own) ? Origin::kSame : Origin::kOther;
}

std::optional<std::string> CsrfProblem(const HttpRequest& request, const Principal& principal) {
  if (OriginOf(request) != Origin::kSame) return "The request does not come from our own pages.";
  if (!EqualSecrets(request.Header("x-csrf-token"), principal.csrf)) {
    return "X-CSRF-Token is missing or not this session's.";
  }
  return std::nullopt;
}

}  // namespace vdiwatch::server
