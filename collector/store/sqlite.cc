#include "collector/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "collector/store/sqlite_error.h"

namespace vdiwatch::collector {

std::int64_t Row::Integer() { return sqlite3_column_int64(statement_, next_++); }

std::string Row::Text() {
  // Asking for a blob first leaves the bytes of either type as they are.
  const void* bytes = sqlite3_column_blob(statement_, next_);
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, next_++));
  return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
}

std::optional<std::int64_t> Row::MaybeInteger() {
  if (sqlite3_column_type(statement_, next_) == SQLITE_NULL) return ++next_, std::nullopt;
  return Integer();
}

std::optional<Time> Row::MaybeAt() {
  auto seconds = MaybeInteger();
  return seconds ? std::optional(FromUnix(*seconds)) : std::nullopt;
}

Statement::Statement(Connection& connection, std::string_view sql)
    : connection_(connection), sql_(sql) {
  auto idle = connection_.idle_.find(sql);
  if (idle != connection_.idle_.end() && !idle->second.empty()) {
    statement_ = idle->second.back();
    idle->second.pop_back();
    return;
  }
  failure_ = sqlite3_prepare_v3(connection_.db_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
}

Statement::~Statement() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  auto idle = connection_.idle_.find(sql_);
  if (idle == connection_.idle_.end()) idle = connection_.idle_.emplace(sql_, 0).first;
  idle->second.push_back(statement_);
}

void Statement::Remember(int code) {
  if (failure_ == SQLITE_OK) failure_ = code;
}

void Statement::Bind(std::int64_t value) {
  Remember(sqlite3_bind_int64(statement_, ++bound_, value));
}

void Statement::Bind(std::string_view text) {
  const char* bytes = text.data() ? text.data() : "";  // a null pointer would become NULL
  Remember(
      sqlite3_bind_text64(statement_, ++bound_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::Bind(Blob blob) {
  if (blob.bytes.empty()) return Bind(nullptr);
  Remember(sqlite3_bind_blob64(statement_, ++bound_, blob.bytes.data(), blob.bytes.size(),
                               SQLITE_STATIC));
}

void Statement::Bind(OrNull text) { text.text.empty() ? Bind(nullptr) : Bind(text.text); }

void Statement::Bind(std::nullptr_t) { Remember(sqlite3_bind_null(statement_, ++bound_)); }

Result<bool> Statement::Step() {
  if (failure_ != SQLITE_OK) return connection_.Failure(failure_);
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.Failure(code);
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Connection> connection(new Connection(file, handle));
  if (code != SQLITE_OK) return connection->Failure(code);
  // SQLite falls back to reading where it may not write.
  if (sqlite3_db_readonly(handle, "main") == 1) {
    return Denied(fmt::format("{}: may not be written", file.string()));
  }
  sqlite3_busy_timeout(handle, 10'000);
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close(db_);
}

Result<void> Connection::Script(const std::string& sql) {
  int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return {};
}

std::int64_t Connection::Changed() const { return sqlite3_changes64(db_); }

Error Connection::Failure(int code) const {
  return ErrorOfSqlite(file_.string(), code, sqlite3_errmsg(db_), sqlite3_system_errno(db_));
}

}  // namespace vdiwatch::collector
