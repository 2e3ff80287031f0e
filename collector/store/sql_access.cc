#include "collector/store/sql_access.h"

#include <utility>

#include "collector/store/sql_commit.h"

namespace vdiwatch::collector {
namespace {

User ReadUser(Row& row) { return {row.Text(), row.Text(), row.Text()}; }

Session ReadSession(Row& row) {
  return {row.Text(), row.Text(), row.Text(), row.At(), row.At(), row.At()};
}

ApiToken ReadApiToken(Row& row) { return {row.Text(), row.Text(), row.Text(), row.At(), row.At()}; }

AuditEntry ReadAuditEntry(Row& row) {
  return {row.At(), row.Text(), row.Text(), row.Text(), row.Text()};
}

class SqlAccess : public AccessStore {
 public:
  explicit SqlAccess(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::optional<User>> FindUser(std::string_view name) override {
    return db_->Read([&](Connection& db) {
      return db.One("SELECT name, password_hash, role FROM account WHERE name = ?1", ReadUser,
                    name);
    });
  }
  Result<std::int64_t> CountUsers() override {
    ASSIGN_OR_RETURN(auto count, db_->Read([&](Connection& db) {
      return db.One("SELECT count(*) FROM account", [](Row& row) { return row.Integer(); });
    }));
    return count.value_or(0);
  }
  Result<void> SaveUser(const User& user) override {
    return Write(
        "INSERT INTO account (name, password_hash, role) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, "
        "role = excluded.role",
        user.name, user.password_hash, user.role);
  }

  Result<std::optional<Session>> FindSession(std::string_view hash) override {
    return db_->Read([&](Connection& db) {
      return db.One(
          "SELECT hash, account, csrf, created_at, last_used, expires_at FROM web_session "
          "WHERE hash = ?1",
          ReadSession, Blob{hash});
    });
  }
  Result<void> SaveSession(const Session& session) override {
    return Write(
        "INSERT INTO web_session (hash, account, csrf, created_at, last_used, expires_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hash) DO UPDATE SET "
        "account = excluded.account, csrf = excluded.csrf, created_at = excluded.created_at, "
        "last_used = excluded.last_used, expires_at = excluded.expires_at",
        Blob{session.hash}, session.user, session.csrf, session.created_at, session.last_used,
        session.expires_at);
  }
  Result<void> DeleteSession(std::string_view hash) override {
    return Write("DELETE FROM web_session WHERE hash = ?1", Blob{hash});
  }
  Result<void> DeleteExpiredSessions(Time now) override {
    return Write("DELETE FROM web_session WHERE expires_at <= ?1", now);
  }

  Result<std::optional<ApiToken>> FindApiToken(std::string_view hash) override {
    return db_->Read([&](Connection& db) {
      return db.One(
          "SELECT hash, name, role, created_at, expires_at FROM api_token WHERE hash = ?1",
          ReadApiToken, Blob{hash});
    });
  }
  Result<void> SaveApiToken(const ApiToken& token) override {
    return Write(
        "INSERT INTO api_token (hash, name, role, created_at, expires_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO UPDATE SET name = excluded.name, "
        "role = excluded.role, created_at = excluded.created_at, expires_at = excluded.expires_at",
        Blob{token.hash}, token.name, token.role, token.created_at, token.expires_at);
  }

  Result<void> Audit(const AuditEntry& entry) override {
    return db_->Write([&](Connection& db) { return WriteAudit(db, {&entry, 1}); });
  }
  Result<std::vector<AuditEntry>> AuditLog(std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?1",
          ReadAuditEntry, limit);
    });
  }

 private:
  template <class... Args>
  Result<void> Write(std::string_view sql, const Args&... args) {
    return db_->Write([&](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(db.Run(sql, args...));
      return {};
    });
  }

  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<AccessStore> MakeSqlAccess(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlAccess>(std::move(database));
}

}  // namespace vdiwatch::collector
