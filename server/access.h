#pragma once

#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/rate_limit.h"
#include "collector/store/access_store.h"
#include "server/http.h"
#include "server/pool_scope.h"
#include "server/role.h"

namespace vdiwatch::server {

inline constexpr std::string_view kSessionCookie = "__Host-vdiwatch";

struct AccessOptions {
  Seconds session_idle{30 * 60};
  Seconds session_lifetime{12 * 60 * 60};
  collector::RateLimit per_user{5, Seconds(60), 10'000};      // key: user and address
  collector::RateLimit per_address{30, Seconds(10), 10'000};  // guessing over many names
  collector::RateLimit begins{300, Seconds(1), 10'000};       // to the provider, from one address
  bool passwords = true;  // whether local users may sign in with theirs
};

// Who a request comes from.
struct Principal {
  std::string name;  // the user's, or "token:NAME"
  Role role = Role::kViewer;
  std::string csrf;          // of a session; empty for API tokens
  std::string session_hash;  // likewise
  PoolScope pools = {};      // all that it gets to see; empty: every pool
  // Whose it is: the user's own name, or that of the token's owner; empty: a token of the server.
  std::string account = {};
  std::optional<Time> expires_at = {};  // of a token

  bool by_cookie() const { return !session_hash.empty(); }
  bool sees_all() const { return pools.empty(); }
  // Another pool is, for this principal, one that is not there.
  bool MaySee(std::string_view pool) const { return Covers(pools, pool); }
};

// Where somebody signs in from.
struct Visitor {
  std::string remote_ip;
  std::string browser = {};  // as its User-Agent says
  std::string cookie = {};   // of the session that it had so far, which ends
};
Visitor VisitorOf(const HttpRequest& request);

// Who the sign-in provider says it is.
struct ProviderUser {
  std::string name;
  std::string subject;
  Role role = Role::kViewer;
  PoolScope pools;
  std::string id_token;
};

struct SignInAnswer {
  enum class Refusal {
    kWrong,      // name or password, and nobody is told which
    kNameTaken,  // another user has the name that the provider tells
    kDisabled,
  };
  std::optional<Principal> principal;  // none: refused
  std::string cookie;                  // the session's secret, shown once
  Seconds retry_after{0};              // refused unheard for this long; 0: heard
  Refusal refusal = Refusal::kWrong;
};

enum class PasswordChange {
  kDone,
  kWrong,  // the old one is
  kStale,  // the user was changed meanwhile
  kWait,   // unheard, for retry_after
};
struct PasswordAnswer {
  PasswordChange outcome = PasswordChange::kDone;
  Seconds retry_after{0};
};

// Users, sessions and API tokens over the store. Any thread may call.
class Access {
 public:
  Access(collector::AccessStore& store, const Clock& clock, Log& log, AccessOptions options = {});

  Result<SignInAnswer> SignIn(const std::string& user, const std::string& password,
                              const Visitor& visitor);
  // For somebody whom the provider vouches for; their role and pools are as it says from now on.
  Result<SignInAnswer> SignInAs(const ProviderUser& told, const Visitor& visitor);
  // How long this address must wait before it begins another sign-in; 0: it may, and that counted.
  Seconds MayBegin(const std::string& remote_ip) { return begins_.Take(remote_ip); }
  // Answers the id_token of a session that the provider opened; else empty.
  Result<std::string> SignOut(const Principal& principal);
  // Sets the password of the session's own user and ends their other sessions. Invalid: the new
  // one is none, or the user has none here.
  Result<PasswordAnswer> ChangePassword(const Principal& principal, const std::string& before,
                                        const std::string& after, const std::string& remote_ip);

  // Whether this session lets anybody in still.
  bool IsOpen(const collector::Session& session) const;

  // By `Authorization: Bearer` if there is one, else by cookie; nothing: not signed in.
  Result<std::optional<Principal>> Authenticate(const HttpRequest& request);

  // One line in the append-only log of writes.
  Result<void> Audit(std::string_view actor, std::string_view action, std::string_view subject,
                     std::string_view detail = "");

 private:
  Result<std::optional<Principal>> ByToken(std::string_view token);
  Result<std::optional<Principal>> ByCookie(std::string_view cookie);
  Result<bool> IsRight(const std::optional<collector::User>& user, const std::string& password);
  Result<SignInAnswer> OpenSession(const collector::User& user, const Visitor& visitor,
                                   const std::string& id_token);
  Seconds WaitOf(const std::string& name, const std::string& remote_ip);

  collector::AccessStore& store_;
  const Clock& clock_;
  Log& log_;
  const AccessOptions options_;
  collector::RateLimiter by_user_;
  collector::RateLimiter by_address_;
  collector::RateLimiter begins_;
  std::counting_semaphore<> hashing_{2};  // each takes 64 MiB
};

// Whether the audit log calls other actors than users so: token:NAME, local:NAME, the collector.
bool IsReservedName(std::string_view name);

// Whether a browser sent this from our own pages: Sec-Fetch-Site, or else Origin against Host.
enum class Origin { kSame, kOther, kUntold };
Origin OriginOf(const HttpRequest& request);

// Why an unsafe request by cookie must not be trusted, or nothing: it needs our own origin and the
// session's X-CSRF-Token.
std::optional<std::string> CsrfProblem(const HttpRequest& request, const Principal& principal);

}  // namespace vdiwatch::server
