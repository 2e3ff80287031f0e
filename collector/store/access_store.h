#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// People and their keys. Secrets are stored as hashes only.
struct User {
  std::string name;
  std::string password_hash;            // argon2id, as libsodium prints it; empty: has none
  std::string role;                     // viewer, operator, policy_editor, administrator
  std::vector<std::string> pools = {};  // globs that access is limited to; empty: every pool
  std::string subject = {};  // who it is at the sign-in provider (issuer, subject); empty: local
  bool disabled = false;
  Time created_at{};
  std::optional<Time> last_sign_in = {};
  std::int64_t version = 1;  // grows with every change but the last sign-in

  bool local() const { return subject.empty(); }
};
struct Session {
  std::string hash;  // raw SHA-256 of the cookie
  std::string user;
  std::string csrf;
  Time created_at{};
  Time last_used{};
  Time expires_at{};
  std::string remote_ip = {};
  std::string browser = {};   // as its User-Agent says
  std::string id_token = {};  // what the provider wants to see at sign-out; empty: a password's
};
struct ApiToken {
  std::string hash;  // raw SHA-256 of the token
  std::string name;
  std::string role;
  Time created_at{};
  Time expires_at{};
  std::vector<std::string> pools = {};  // as of a user
  std::string owner = {};               // the user it ends with; empty: made on the server itself
  std::optional<Time> last_used = {};
};

// A sign-in that went off to the provider and may come back once.
struct SignInAttempt {
  std::string state_hash;    // raw SHA-256
  std::string browser_hash;  // likewise: of the cookie of the browser that began it
  std::string nonce;
  std::string verifier;   // of PKCE
  std::string return_to;  // a path of ours
  Time expires_at{};
};

// How a change to a user ended; all but kDone wrote nothing.
enum class UserOutcome {
  kDone,
  kTaken,              // there is a user of this name
  kNotFound,           // there is none
  kStale,              // it was changed since that version
  kLastAdministrator,  // no enabled local administrator would be left
};

struct AuditFilter {
  std::string actor = {}, action = {};  // empty: any
  std::optional<Time> since = {}, until = {};
  std::optional<std::pair<Time, std::int64_t>> before = {};  // cursor: time and id to go on behind
  std::int64_t limit = 100;
};
struct AuditLine {
  std::int64_t id = 0;
  AuditEntry entry;
};

// Any thread may call; durable when the call returns, but for TouchSession and TouchApiToken. What
// takes an AuditEntry writes it in the same transaction, if it writes anything.
class AccessStore {
 public:
  virtual ~AccessStore() = default;

  virtual Result<std::optional<User>> FindUser(std::string_view name) = 0;
  virtual Result<std::int64_t> CountUsers() = 0;
  virtual Result<std::vector<User>> Users() = 0;        // by name
  virtual Result<void> SaveUser(const User& user) = 0;  // a new one, or in its place
  virtual Result<UserOutcome> AddUser(const User& user, const AuditEntry& audit) = 0;
  // The user as it shall be, if it is still at user.version. Ends its sessions but `keep` (a hash).
  virtual Result<UserOutcome> ChangeUser(const User& user, std::string_view keep,
                                         const AuditEntry& audit) = 0;
  // And its sessions and API tokens.
  virtual Result<UserOutcome> DeleteUser(std::string_view name, std::int64_t version,
                                         const AuditEntry& audit) = 0;
  // The user with this subject, its role and pools as the provider tells now; made if it is not
  // there. Nothing: another user has that name. A known one keeps its name.
  virtual Result<std::optional<User>> AdmitUser(const User& told) = 0;
  virtual Result<void> NoteSignIn(std::string_view name, Time at) = 0;

  virtual Result<std::optional<Session>> FindSession(std::string_view hash) = 0;
  virtual Result<void> SaveSession(const Session& session) = 0;
  virtual Result<void> TouchSession(std::string_view hash, Time now) = 0;  // if it is still there
  virtual Result<void> DeleteSession(std::string_view hash) = 0;
  virtual Result<void> DeleteExpiredSessions(Time now) = 0;
  virtual Result<std::vector<Session>> Sessions() = 0;  // the last used first
  // How many sessions of this user ended; `keep`: but for this hash.
  virtual Result<std::int64_t> DeleteSessionsOf(std::string_view user, std::string_view keep,
                                                const AuditEntry& audit) = 0;

  virtual Result<std::optional<ApiToken>> FindApiToken(std::string_view hash) = 0;
  virtual Result<std::vector<ApiToken>> ApiTokens() = 0;  // the newest first
  virtual Result<void> SaveApiToken(const ApiToken& token) = 0;
  virtual Result<void> AddApiToken(const ApiToken& token, const AuditEntry& audit) = 0;
  virtual Result<void> TouchApiToken(std::string_view hash, Time now) = 0;
  virtual Result<void> DeleteApiToken(std::string_view hash, const AuditEntry& audit) = 0;

  // Forgets those that expired; false: `most` are under way, and this one was not taken.
  virtual Result<bool> BeginSignIn(const SignInAttempt& attempt, Time now, std::int64_t most) = 0;
  // Takes it out, so that nobody else gets it.
  virtual Result<std::optional<SignInAttempt>> TakeSignIn(std::string_view state_hash) = 0;

  virtual Result<void> Audit(const AuditEntry& entry) = 0;
  virtual Result<std::vector<AuditEntry>> AuditLog(std::int64_t limit) = 0;         // newest first
  virtual Result<std::vector<AuditLine>> AuditPage(const AuditFilter& filter) = 0;  // newest first
};

}  // namespace vdiwatch::collector
