#include "server/access.h"

#include "base/digest.h"
#include "base/text.h"
#include "server/secrets.h"

namespace vdiwatch::server {
namespace {

// How exactly a session's last use is kept: a page that asks often must not write each time.
constexpr Seconds kLastUsedGrain{60};
constexpr std::size_t kMaxUserName = 100;
constexpr std::size_t kMaxBrowser = 200;

std::string UserKey(const std::string& user, const std::string& remote_ip) {
  return remote_ip + " " + Sha256(user);  // of one length, whatever name is guessed
}

// A token does no more than its owner may do now; nothing: the owner may not do as much any more.
std::optional<Role> RoleUnder(const std::optional<collector::User>& owner, Role role,
                              const PoolScope& pools) {
  const auto most = owner && !owner->disabled ? ParseRole(owner->role) : std::nullopt;
  if (!most || !Within(pools, owner->pools)) return std::nullopt;
  return std::min(role, *most);
}

}  // namespace

Access::Access(collector::AccessStore& store, const Clock& clock, Log& log, AccessOptions options)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      by_user_(options.per_user, clock),
      by_address_(options.per_address, clock),
      begins_(options.begins, clock) {}

Visitor VisitorOf(const HttpRequest& request) {
  return {request.remote_ip, Printable(request.Header("user-agent"), kMaxBrowser),
          std::string(request.Cookie(kSessionCookie))};
}

Seconds Access::WaitOf(const std::string& name, const std::string& remote_ip) {
  // What the name's limit refuses costs the address nothing: one forgotten password must not lock
  // out everybody behind the same address.
  Seconds wait = by_user_.Take(UserKey(name, remote_ip));
  if (wait > Seconds(0)) {
    log_.Warning("sign-in refused unheard: too many attempts for '{}' from {}",
                 Printable(name, kMaxUserName), remote_ip);
    return wait;
  }
  wait = by_address_.Take(remote_ip);
  if (wait > Seconds(0)) {
    log_.Warning("sign-in refused unheard: too many attempts from {}, now for '{}'", remote_ip,
                 Printable(name, kMaxUserName));
  }
  return wait;
}

Result<SignInAnswer> Access::SignIn(const std::string& name, const std::string& password,
                                    const Visitor& visitor) {
  const std::string& remote_ip = visitor.remote_ip;
  const Seconds wait = WaitOf(name, remote_ip);
  if (wait > Seconds(0)) return SignInAnswer{std::nullopt, "", wait};
  ASSIGN_OR_RETURN(const auto user, store_.FindUser(name));
  ASSIGN_OR_RETURN(const bool right, IsRight(user, password));
  if (!right) {
    RETURN_IF_ERROR(Audit(Printable(name, kMaxUserName), "sign_in_failed", "session", remote_ip));
    return SignInAnswer{};
  }
  by_user_.Forget(UserKey(name, remote_ip));
  RETURN_IF_ERROR(Audit(name, "sign_in", "session", remote_ip));
  return OpenSession(*user, visitor, "");
}

Result<SignInAnswer> Access::SignInAs(const ProviderUser& told, const Visitor& visitor) {
  const auto refuse = [&](SignInAnswer::Refusal why,
                          std::string_view text) -> Result<SignInAnswer> {
    RETURN_IF_ERROR(Audit("provider", "sign_in_failed", told.name, text));
    return SignInAnswer{std::nullopt, "", Seconds(0), why};
  };
  if (IsReservedName(told.name)) return refuse(SignInAnswer::Refusal::kNameTaken, "reserved");
  collector::User wanted{told.name, "", std::string(ToString(told.role)), told.pools, told.subject};
  wanted.created_at = clock_.Now();
  ASSIGN_OR_RETURN(const auto user, store_.AdmitUser(wanted));
  if (!user) return refuse(SignInAnswer::Refusal::kNameTaken, "another user has this name");
  if (user->disabled) return refuse(SignInAnswer::Refusal::kDisabled, "disabled");
  RETURN_IF_ERROR(Audit(user->name, "sign_in", "session",
                        visitor.remote_ip + " as " + user->role + ", by the provider"));
  return OpenSession(*user, visitor, told.id_token);
}

Result<bool> Access::IsRight(const std::optional<collector::User>& user,
                             const std::string& password) {
  if (password.size() > kMaxPasswordBytes) return false;
  const bool may = options_.passwords && user && user->local() && !user->disabled;
  hashing_.acquire();
  bool right = false;
  if (may) {
    right = VerifyPassword(user->password_hash, password);
  } else {
    PretendToVerify(password);
  }
  hashing_.release();
  return right;
}

Result<SignInAnswer> Access::OpenSession(const collector::User& user, const Visitor& visitor,
                                         const std::string& id_token) {
  const auto role = ParseRole(user.role);
  if (!role) return Internal("user '" + user.name + "' has the unknown role '" + user.role + "'");
  const Time now = clock_.Now();
  const std::string cookie = RandomText(43);
  const collector::Session session{
      Sha256(cookie),    user.name,       RandomText(43), now, now, now + options_.session_lifetime,
      visitor.remote_ip, visitor.browser, id_token};
  RETURN_IF_ERROR(store_.DeleteExpiredSessions(now));
  if (!visitor.cookie.empty()) RETURN_IF_ERROR(store_.DeleteSession(Sha256(visitor.cookie)));
  RETURN_IF_ERROR(store_.SaveSession(session));
  RETURN_IF_ERROR(store_.NoteSignIn(user.name, now));
  return SignInAnswer{
      Principal{user.name, *role, session.csrf, session.hash, user.pools, user.name}, cookie,
      Seconds(0)};
}

Result<std::string> Access::SignOut(const Principal& principal) {
  ASSIGN_OR_RETURN(const auto session, store_.FindSession(principal.session_hash));
  RETURN_IF_ERROR(store_.DeleteSession(principal.session_hash));
  RETURN_IF_ERROR(Audit(principal.name, "sign_out", "session"));
  return session ? session->id_token : std::string();
}

Result<PasswordAnswer> Access::ChangePassword(const Principal& principal, const std::string& before,
                                              const std::string& after,
                                              const std::string& remote_ip) {
  const Seconds wait = WaitOf(principal.name, remote_ip);
  if (wait > Seconds(0)) return PasswordAnswer{PasswordChange::kWait, wait};
  ASSIGN_OR_RETURN(auto user, store_.FindUser(principal.name));
  if (!user || !user->local()) return Invalid("your password is kept by the sign-in provider");
  if (after.size() < kLeastPasswordLength || after.size() > kMaxPasswordBytes) {
    return Invalid("a password needs " + std::to_string(kLeastPasswordLength) + " to " +
                   std::to_string(kMaxPasswordBytes) + " characters");
  }
  ASSIGN_OR_RETURN(const bool right, IsRight(user, before));
  if (!right) {
    RETURN_IF_ERROR(Audit(principal.name, "password_change_failed", principal.name, remote_ip));
    return PasswordAnswer{PasswordChange::kWrong};
  }
  by_user_.Forget(UserKey(principal.name, remote_ip));
  ASSIGN_OR_RETURN(user->password_hash, HashPassword(after));
  ASSIGN_OR_RETURN(const auto outcome,
                   store_.ChangeUser(*user, principal.session_hash,
                                     {clock_.Now(), principal.name, "password_changed",
                                      principal.name, remote_ip}));
  const bool done = outcome == collector::UserOutcome::kDone;
  return PasswordAnswer{done ? PasswordChange::kDone : PasswordChange::kStale};
}

bool Access::IsOpen(const collector::Session& session) const {
  const Time now = clock_.Now();
  return now < session.expires_at && now < session.last_used + options_.session_idle;
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
  std::optional<Role> may = role;
  if (!found->owner.empty()) {
    ASSIGN_OR_RETURN(const auto owner, store_.FindUser(found->owner));
    may = RoleUnder(owner, *role, found->pools);
    if (!may) return std::optional<Principal>();
  }
  const Time now = clock_.Now();
  if (!found->last_used || now >= *found->last_used + kLastUsedGrain) {
    RETURN_IF_ERROR(store_.TouchApiToken(found->hash, now));
  }
  return std::optional(Principal{"token:" + found->name, *may, "", "", found->pools, found->owner,
                                 found->expires_at});
}

Result<std::optional<Principal>> Access::ByCookie(std::string_view cookie) {
  ASSIGN_OR_RETURN(auto session, store_.FindSession(Sha256(cookie)));
  const Time now = clock_.Now();
  if (!session || !IsOpen(*session)) return std::optional<Principal>();
  ASSIGN_OR_RETURN(const auto user, store_.FindUser(session->user));
  const auto role = user && !user->disabled ? ParseRole(user->role) : std::nullopt;
  if (!role) return std::optional<Principal>();
  if (now >= session->last_used + kLastUsedGrain) {
    RETURN_IF_ERROR(store_.TouchSession(session->hash, now));
  }
  return std::optional(
      Principal{user->name, *role, session->csrf, session->hash, user->pools, user->name});
}

Result<void> Access::Audit(std::string_view actor, std::string_view action,
                           std::string_view subject, std::string_view detail) {
  return store_.Audit({clock_.Now(), std::string(actor), std::string(action), std::string(subject),
                       std::string(detail)});
}

bool IsReservedName(std::string_view name) {
  return name.starts_with("token:") || name.starts_with("local:") || name == "collector" ||
         name == "provider";
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
