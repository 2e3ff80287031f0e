#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// People and their keys. Secrets are stored as hashes only.
struct User {
  std::string name;
  std::string password_hash;  // argon2id, as libsodium prints it
  std::string role;           // viewer, operator, policy_editor, administrator
};
struct Session {
  std::string hash;  // raw SHA-256 of the cookie
  std::string user;
  std::string csrf;
  Time created_at{};
  Time last_used{};
  Time expires_at{};
};
struct ApiToken {
  std::string hash;  // raw SHA-256 of the token
  std::string name;
  std::string role;
  Time created_at{};
  Time expires_at{};
};

// Any thread may call; durable when the call returns.
class AccessStore {
 public:
  virtual ~AccessStore() = default;

  virtual Result<std::optional<User>> FindUser(std::string_view name) = 0;
  virtual Result<std::int64_t> CountUsers() = 0;
  virtual Result<void> SaveUser(const User& user) = 0;
  virtual Result<std::optional<Session>> FindSession(std::string_view hash) = 0;
  virtual Result<void> SaveSession(const Session& session) = 0;
  virtual Result<void> DeleteSession(std::string_view hash) = 0;
  virtual Result<void> DeleteExpiredSessions(Time now) = 0;
  virtual Result<std::optional<ApiToken>> FindApiToken(std::string_view hash) = 0;
  virtual Result<void> SaveApiToken(const ApiToken& token) = 0;
  virtual Result<void> Audit(const AuditEntry& entry) = 0;
  virtual Result<std::vector<AuditEntry>> AuditLog(std::int64_t limit) = 0;  // newest first
};

}  // namespace vdiwatch::collector
