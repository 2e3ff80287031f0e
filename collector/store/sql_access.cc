#include "collector/store/sql_access.h"

#include <utility>

#include "collector/store/sql_commit.h"
#include "collector/store/sql_users.h"

namespace vdiwatch::collector {
namespace {

constexpr std::string_view kSelectSessions =
    "SELECT hash, account, csrf, created_at, last_used, expires_at, remote_ip, browser, id_token "
    "FROM web_session ";
constexpr std::string_view kSelectApiTokens =
    "SELECT hash, name, role, created_at, expires_at, pools, owner, last_used FROM api_token ";

Session ReadSession(Row& row) {
  return {row.Text(), row.Text(), row.Text(), row.At(),  row.At(),
          row.At(),   row.Text(), row.Text(), row.Text()};
}

Result<ApiToken> ReadApiToken(Row& row) {
  ApiToken token{row.Text(), row.Text(), row.Text(), row.At(), row.At()};
  ASSIGN_OR_RETURN(token.pools, PoolsOfColumn(row.Text()));
  token.owner = row.Text();
  token.last_used = row.MaybeAt();
  return token;
}

SignInAttempt ReadAttempt(Row& row) {
  return {row.Text(), row.Text(), row.Text(), row.Text(), row.Text(), row.At()};
}

AuditLine ReadAuditLine(Row& row) {
  return {row.Integer(), {row.At(), row.Text(), row.Text(), row.Text(), row.Text()}};
}

Result<void> PutApiToken(Connection& db, const ApiToken& token) {
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO api_token (hash, name, role, created_at, expires_at, pools, owner) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (hash) DO UPDATE SET name = excluded.name, "
      "role = excluded.role, created_at = excluded.created_at, expires_at = excluded.expires_at, "
      "pools = excluded.pools, owner = excluded.owner",
      Blob{token.hash}, token.name, token.role, token.created_at, token.expires_at,
      OrNull{PoolsToColumn(token.pools)}, OrNull{token.owner}));
  return {};
}

class SqlAccess : public AccessStore {
 public:
  explicit SqlAccess(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::optional<User>> FindUser(std::string_view name) override {
    return db_->Read([&](Connection& db) { return FindUserBy(db, "name", name); });
  }
  Result<std::int64_t> CountUsers() override {
    ASSIGN_OR_RETURN(auto count, db_->Read([&](Connection& db) {
      return db.One("SELECT count(*) FROM account", [](Row& row) { return row.Integer(); });
    }));
    return count.value_or(0);
  }
  Result<std::vector<User>> Users() override {
    return db_->Read([&](Connection& db) { return AllUsers(db); });
  }
  Result<void> SaveUser(const User& user) override {
    return db_->Write([&](Connection& db) { return PutUser(db, user); });
  }
  Result<UserOutcome> AddUser(const User& user, const AuditEntry& audit) override {
    return Audited(audit, [&](Connection& db) { return collector::AddUser(db, user); });
  }
  Result<UserOutcome> ChangeUser(const User& user, std::string_view keep,
                                 const AuditEntry& audit) override {
    return Audited(audit, [&](Connection& db) { return collector::ChangeUser(db, user, keep); });
  }
  Result<UserOutcome> DeleteUser(std::string_view name, std::int64_t version,
                                 const AuditEntry& audit) override {
    return Audited(audit, [&](Connection& db) { return collector::DeleteUser(db, name, version); });
  }
  Result<std::optional<User>> AdmitUser(const User& told) override {
    return db_->Write([&](Connection& db) { return collector::AdmitUser(db, told); });
  }
  Result<void> NoteSignIn(std::string_view name, Time at) override {
    return Write("UPDATE account SET last_sign_in = ?2 WHERE name = ?1", name, at);
  }

  Result<std::optional<Session>> FindSession(std::string_view hash) override {
    return db_->Read([&](Connection& db) {
      return db.One(std::string(kSelectSessions) + "WHERE hash = ?1", ReadSession, Blob{hash});
    });
  }
  Result<void> SaveSession(const Session& session) override {
    return Write(
        "INSERT INTO web_session (hash, account, csrf, created_at, last_used, expires_at, "
        "remote_ip, browser, id_token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT (hash) DO UPDATE SET "
        "account = excluded.account, csrf = excluded.csrf, created_at = excluded.created_at, "
        "last_used = excluded.last_used, expires_at = excluded.expires_at",
        Blob{session.hash}, session.user, session.csrf, session.created_at, session.last_used,
        session.expires_at, OrNull{session.remote_ip}, OrNull{session.browser},
        OrNull{session.id_token});
  }
  Result<void> TouchSession(std::string_view hash, Time now) override {
    return WriteUnsynced("UPDATE web_session SET last_used = ?2 WHERE hash = ?1", Blob{hash}, now);
  }
  Result<void> DeleteSession(std::string_view hash) override {
    return Write("DELETE FROM web_session WHERE hash = ?1", Blob{hash});
  }
  Result<void> DeleteExpiredSessions(Time now) override {
    return Write("DELETE FROM web_session WHERE expires_at <= ?1", now);
  }
  Result<std::vector<Session>> Sessions() override {
    return db_->Read([&](Connection& db) {
      return db.All(std::string(kSelectSessions) + "ORDER BY last_used DESC, hash", ReadSession);
    });
  }
  Result<std::int64_t> DeleteSessionsOf(std::string_view user, std::string_view keep,
                                        const AuditEntry& audit) override {
    return db_->Write([&](Connection& db) -> Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto ended,
                       db.Run("DELETE FROM web_session WHERE account = ?1 AND hash <> ?2", user,
                              Blob{keep.empty() ? "-" : keep}));
      if (ended > 0) RETURN_IF_ERROR(WriteAudit(db, {&audit, 1}));
      return ended;
    });
  }

  Result<std::optional<ApiToken>> FindApiToken(std::string_view hash) override {
    return db_->Read([&](Connection& db) {
      return db.One(std::string(kSelectApiTokens) + "WHERE hash = ?1", ReadApiToken, Blob{hash});
    });
  }
  Result<std::vector<ApiToken>> ApiTokens() override {
    return db_->Read([&](Connection& db) {
      return db.All(std::string(kSelectApiTokens) + "ORDER BY created_at DESC, hash", ReadApiToken);
    });
  }
  Result<void> SaveApiToken(const ApiToken& token) override {
    return db_->Write([&](Connection& db) { return PutApiToken(db, token); });
  }
  Result<void> AddApiToken(const ApiToken& token, const AuditEntry& audit) override {
    return db_->Write([&](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(PutApiToken(db, token));
      return WriteAudit(db, {&audit, 1});
    });
  }
  Result<void> TouchApiToken(std::string_view hash, Time now) override {
    return WriteUnsynced("UPDATE api_token SET last_used = ?2 WHERE hash = ?1", Blob{hash}, now);
  }
  Result<void> DeleteApiToken(std::string_view hash, const AuditEntry& audit) override {
    return db_->Write([&](Connection& db) -> Result<void> {
      ASSIGN_OR_RETURN(const auto gone,
                       db.Run("DELETE FROM api_token WHERE hash = ?1", Blob{hash}));
      return gone > 0 ? WriteAudit(db, {&audit, 1}) : Result<void>();
    });
  }

  Result<bool> BeginSignIn(const SignInAttempt& attempt, Time now, std::int64_t most) override {
    return db_->Write([&](Connection& db) -> Result<bool> {
      RETURN_IF_ERROR(db.Run("DELETE FROM sign_in_attempt WHERE expires_at <= ?1", now));
      ASSIGN_OR_RETURN(const auto count, db.One("SELECT count(*) FROM sign_in_attempt",
                                                [](Row& row) { return row.Integer(); }));
      if (count.value_or(0) >= most) return false;
      RETURN_IF_ERROR(db.Run(
          "INSERT INTO sign_in_attempt (state_hash, browser_hash, nonce, verifier, return_to, "
          "expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
          Blob{attempt.state_hash}, Blob{attempt.browser_hash}, attempt.nonce, attempt.verifier,
          attempt.return_to, attempt.expires_at));
      return true;
    });
  }
  Result<std::optional<SignInAttempt>> TakeSignIn(std::string_view state_hash) override {
    return db_->Write([&](Connection& db) {
      return db.One(
          "DELETE FROM sign_in_attempt WHERE state_hash = ?1 RETURNING state_hash, browser_hash, "
          "nonce, verifier, return_to, expires_at",
          ReadAttempt, Blob{state_hash});
    });
  }

  Result<void> Audit(const AuditEntry& entry) override {
    return db_->Write([&](Connection& db) { return WriteAudit(db, {&entry, 1}); });
  }
  Result<std::vector<AuditEntry>> AuditLog(std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT id, at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?1",
          [](Row& row) { return ReadAuditLine(row).entry; }, limit);
    });
  }
  Result<std::vector<AuditLine>> AuditPage(const AuditFilter& filter) override {
    std::string sql =
        "SELECT id, at, actor, action, subject, detail FROM audit "
        "WHERE at >= ?3 AND at < ?4 AND (at, id) < (?5, ?6)";
    if (!filter.actor.empty()) sql += " AND actor = ?1";
    if (!filter.action.empty()) sql += " AND action = ?2";
    sql += " ORDER BY at DESC, id DESC LIMIT ?7";
    const Time end = filter.until.value_or(kEndOfTime);
    const auto before = filter.before.value_or(std::pair(kEndOfTime, std::int64_t{0}));
    return db_->Read([&](Connection& db) {
      return db.All(sql, ReadAuditLine, filter.actor, filter.action, filter.since.value_or(Time{}),
                    end, before.first, before.second, filter.limit);
    });
  }

 private:
  static constexpr Time kEndOfTime{Seconds(253'402'300'800)};  // the year 10000

  template <class... Args>
  Result<void> Write(std::string_view sql, const Args&... args) {
    return db_->Write([&](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(db.Run(sql, args...));
      return {};
    });
  }
  template <class... Args>
  Result<void> WriteUnsynced(std::string_view sql, const Args&... args) {
    return db_->WriteUnsynced([&](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(db.Run(sql, args...));
      return {};
    });
  }
  template <class Body>
  Result<UserOutcome> Audited(const AuditEntry& audit, Body body) {
    return db_->Write([&](Connection& db) -> Result<UserOutcome> {
      ASSIGN_OR_RETURN(const UserOutcome outcome, body(db));
      if (outcome == UserOutcome::kDone) RETURN_IF_ERROR(WriteAudit(db, {&audit, 1}));
      return outcome;
    });
  }

  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<AccessStore> MakeSqlAccess(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlAccess>(std::move(database));
}

}  // namespace vdiwatch::collector
