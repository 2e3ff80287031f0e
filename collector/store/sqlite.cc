#include "collector/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "collector/store/sqlite_error.h"

namespace vdiwatch::collector {

// One prepared statement while it runs; what is bound must outlive it. A failed bind shows in Step.
class SqliteConnection::Statement {
 public:
  Statement(SqliteConnection& connection, std::string_view sql);
  ~Statement();  // gives it back to its connection for the next use
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void Bind(std::span<const Value> values);  // from the first parameter on, for a run anew
  Result<bool> Step();                       // whether it stands on a row
  sqlite3_stmt* get() const { return statement_; }

 private:
  int Bind(int parameter, const Value& value);

  SqliteConnection& connection_;
  std::string_view sql_;
  sqlite3_stmt* statement_ = nullptr;
  int failure_ = SQLITE_OK;
};

// What a statement answers: for one set of parameters, or for one parameter after the other.
class SqliteConnection::Answers : public Cursor {
 public:
  Answers(SqliteConnection& connection, std::string_view sql, std::vector<Value> values)
      : statement_(connection, sql), values_(std::move(values)) {}
  Statement& statement() { return statement_; }

  Result<bool> Step() override {
    while (true) {
      if (next_ > 0 || values_.empty()) {
        ASSIGN_OR_RETURN(bool row, statement_.Step());
        if (row) return true;
      }
      if (next_ == values_.size()) return false;
      statement_.Bind({&values_[next_++], 1});
    }
  }
  bool IsNull(int column) override {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  std::int64_t Integer(int column) override {
    return sqlite3_column_int64(statement_.get(), column);
  }
  std::string_view Bytes(int column) override {
    // Asking for a blob first leaves the bytes of either type as they are.
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
  }

 private:
  Statement statement_;
  std::vector<Value> values_;  // those still to be bound, each for a run of its own
  std::size_t next_ = 0;
};

SqliteConnection::Statement::Statement(SqliteConnection& connection, std::string_view sql)
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

SqliteConnection::Statement::~Statement() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  auto idle = connection_.idle_.find(sql_);
  if (idle == connection_.idle_.end()) idle = connection_.idle_.emplace(sql_, 0).first;
  idle->second.push_back(statement_);
}

void SqliteConnection::Statement::Bind(std::span<const Value> values) {
  sqlite3_reset(statement_);
  int parameter = 0;
  for (const Value& value : values) {
    int code = Bind(++parameter, value);
    if (failure_ == SQLITE_OK) failure_ = code;
  }
}

int SqliteConnection::Statement::Bind(int parameter, const Value& value) {
  if (value.null) return sqlite3_bind_null(statement_, parameter);
  if (value.type == Value::Type::kInteger) {
    return sqlite3_bind_int64(statement_, parameter, value.integer);
  }
  const char* bytes = value.bytes.data() ? value.bytes.data() : "";  // a null pointer means NULL
  if (value.type == Value::Type::kBytes) {
    return sqlite3_bind_blob64(statement_, parameter, bytes, value.bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_text64(statement_, parameter, bytes, value.bytes.size(), SQLITE_STATIC,
                             SQLITE_UTF8);
}

Result<bool> SqliteConnection::Statement::Step() {
  if (failure_ != SQLITE_OK) return connection_.Failure(failure_);
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.Failure(code);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, handle));
  if (code != SQLITE_OK) return connection->Failure(code);
  // SQLite falls back to reading where it may not write.
  if (sqlite3_db_readonly(handle, "main") == 1) {
    return Denied(fmt::format("{}: may not be written", file.string()));
  }
  sqlite3_busy_timeout(handle, 10'000);
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close(db_);
}

const Dialect& SqliteConnection::dialect() const {
  static constexpr Dialect kDialect = {
      .lock = "",  // one writer at a time
      .lock_unlocked = "",
      .lease = "",
      .contains = "instr({}, {}) > 0",
      .numbers_of = "SELECT value FROM json_each({})",
      .by_pool = "INDEXED BY desktop_by_pool",
      .by_id = "NOT INDEXED",
      .size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
      .engine = "SQLite",
  };
  return kDialect;
}

Result<std::int64_t> SqliteConnection::Execute(std::string_view sql,
                                               std::span<const Value> values) {
  Statement statement(*this, sql);
  statement.Bind(values);
  RETURN_IF_ERROR(statement.Step());
  return sqlite3_changes64(db_);
}

Result<std::int64_t> SqliteConnection::RunEach(std::string_view sql, const Rows& rows) {
  if (rows.empty()) return 0;
  Statement statement(*this, sql);
  std::int64_t changed = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    statement.Bind(rows[row]);
    RETURN_IF_ERROR(statement.Step());
    changed += sqlite3_changes64(db_);
  }
  return changed;
}

Result<std::unique_ptr<Cursor>> SqliteConnection::Query(std::string_view sql,
                                                        std::span<const Value> values) {
  auto answers = std::make_unique<Answers>(*this, sql, std::vector<Value>());
  answers->statement().Bind(values);
  return std::unique_ptr<Cursor>(std::move(answers));
}

Result<std::unique_ptr<Cursor>> SqliteConnection::QueryIn(std::string_view sql,
                                                          std::vector<Value> values) {
  return std::unique_ptr<Cursor>(std::make_unique<Answers>(*this, sql, std::move(values)));
}

Result<void> SqliteConnection::Script(const std::string& sql) {
  int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return {};
}

Error SqliteConnection::Failure(int code) const {
  return ErrorOfSqlite(file_.string(), code, sqlite3_errmsg(db_), sqlite3_system_errno(db_));
}

}  // namespace vdiwatch::collector
