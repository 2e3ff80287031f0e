#include "collector/store/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "collector/store/postgres_error.h"
#include "collector/store/postgres_wire.h"

namespace vdiwatch::collector {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto kPatienceWithScripts = std::chrono::hours(1);  // migrations
constexpr std::size_t kMaxPasswordBytes = 4096;

constexpr const char* kSettings =
    "SET statement_timeout = '30s'; SET lock_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '60s'; SET standard_conforming_strings = on; "
    // What is acknowledged is durable, whatever the server's default is.
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

// "PostgreSQL vdiwatch on db1:5432"
std::string NameOf(const PGconn* connection) {
  return fmt::format("PostgreSQL {} on {}:{}", PQdb(connection), PQhost(connection),
                     PQport(connection));
}

Result<std::string> ReadPassword(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, kMaxPasswordBytes));
  return std::string(Trim(text));
}

}  // namespace

void PostgresConnection::Clear::operator()(pg_result* result) const { PQclear(result); }

// A whole answer, row after row.
class PostgresConnection::Reading : public Cursor {
 public:
  explicit Reading(Answers answers) : answers_(std::move(answers)) {}
  Result<bool> Step() override { return ++row_ < PQntuples(answers_.get()); }
  bool IsNull(int column) override { return PQgetisnull(answers_.get(), row_, column) == 1; }
  std::int64_t Integer(int column) override {
    return IsNull(column) ? 0 : DecodeInteger(Bytes(column));
  }
  std::string_view Bytes(int column) override {
    return {PQgetvalue(answers_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(answers_.get(), row_, column))};
  }

 private:
  Answers answers_;
  int row_ = -1;
};

Result<void> CheckPostgresConnection(std::string_view connection) {
  char* message = nullptr;
  PQconninfoOption* options = PQconninfoParse(std::string(connection).c_str(), &message);
  // libpq's message may repeat a piece of a password.
  PQfreemem(message);
  if (options == nullptr) {
    return Invalid("is no connection string; write it like \"host=db1 dbname=vdiwatch\"");
  }
  bool secret = false;
  for (const auto* option = options; option->keyword != nullptr; ++option) {
    secret |= std::string_view(option->keyword) == "password" && option->val != nullptr;
  }
  PQconninfoFree(options);
  if (connection.empty())
    return Invalid("says nothing; write it like \"host=db1 dbname=vdiwatch\"");
  if (secret) return Invalid("must not hold the password; put it into a file: password_file");
  return {};
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresSettings& settings) {
  if (auto good = CheckPostgresConnection(settings.connection); !good) {
    return Invalid("the store's connection " + good.error().message);
  }
  ASSIGN_OR_RETURN(std::string password, ReadPassword(settings.password_file));
  // What stands before the connection string is a default; an empty value counts as none.
  const char* names[] = {"application_name",
                         "connect_timeout",
                         "tcp_user_timeout",
                         "dbname",
                         "client_encoding",
                         "password",
                         nullptr};
  const char* values[] = {"vdiwatch",       "5",    "15000", settings.connection.c_str(), "UTF8",
                          password.c_str(), nullptr};
  PGconn* handle = PQconnectdbParams(names, values, 1);
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(NameOf(handle), handle));
  if (PQstatus(handle) != CONNECTION_OK) {
    std::string why = "PostgreSQL: " + OneLine(PQerrorMessage(handle));
    bool refused = PQconnectionUsedPassword(handle) == 1 || PQconnectionNeedsPassword(handle) == 1;
    return refused ? Denied(std::move(why)) : Unavailable(std::move(why));
  }
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(handle, 1) != 0) return connection->Lost(PQerrorMessage(handle));
  RETURN_IF_ERROR(connection->Script(kSettings));
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(db_); }

const Dialect& PostgresConnection::dialect() const {
  static constexpr Dialect kDialect = {
      .lock = " FOR NO KEY UPDATE",
      .lock_unlocked = " FOR NO KEY UPDATE SKIP LOCKED",
      // The first number is "vdiW", which tells our locks from those of others.
      .lease = "SELECT pg_try_advisory_xact_lock(1986292055, CAST(?1 AS INTEGER))",
      .contains = "strpos({}, {}) > 0",
      .numbers_of = "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({} AS JSON))",
      .by_pool = "",  // its planner knows sizes
      .by_id = "",
      .size = "SELECT pg_database_size(current_database())",
      .engine = "PostgreSQL",
  };
  return kDialect;
}

void PostgresConnection::Parameters::Add(unsigned int type, bool null, std::string encoded) {
  types.push_back(type);
  lengths.push_back(static_cast<int>(encoded.size()));
  bytes.push_back(std::move(encoded));
  values.push_back(null ? nullptr : "");  // where the bytes are is known once all are there
  formats.push_back(1);                   // binary
}

PostgresConnection::Parameters PostgresConnection::Single(std::span<const Value> values) {
  Parameters parameters;
  for (const Value& value : values) {
    parameters.Add(TypeOf(value.type), value.null, value.null ? std::string() : Encode(value));
  }
  return parameters;
}

template <class InWords>
Result<PostgresConnection::Answers> PostgresConnection::RunPrepared(const std::string& key,
                                                                    const Parameters& parameters,
                                                                    InWords in_words) {
  auto count = static_cast<int>(parameters.types.size());
  auto name = prepared_.find(key);
  if (name == prepared_.end()) {
    std::string fresh = fmt::format("s{}", prepared_.size());
    RETURN_IF_ERROR(Finish(PQsendPrepare(db_, fresh.c_str(), in_words().c_str(), count,
                                         parameters.types.data()) == 1));
    name = prepared_.emplace(key, std::move(fresh)).first;
  }
  std::vector<const char*> values = parameters.values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != nullptr) values[i] = parameters.bytes[i].data();
  }
  return Finish(PQsendQueryPrepared(db_, name->second.c_str(), count, values.data(),
                                    parameters.lengths.data(), parameters.formats.data(), 1) == 1);
}

Result<std::int64_t> PostgresConnection::Execute(std::string_view sql,
                                                 std::span<const Value> values) {
  ASSIGN_OR_RETURN(Answers answers,
                   RunPrepared(std::string(sql), Single(values), [&] { return InDollars(sql); }));
  return ParseInteger(PQcmdTuples(answers.get())).value_or(0);
}

Result<std::unique_ptr<Cursor>> PostgresConnection::Query(std::string_view sql,
                                                          std::span<const Value> values) {
  ASSIGN_OR_RETURN(Answers answers,
                   RunPrepared(std::string(sql), Single(values), [&] { return InDollars(sql); }));
  return std::unique_ptr<Cursor>(std::make_unique<Reading>(std::move(answers)));
}

Result<std::unique_ptr<Cursor>> PostgresConnection::QueryIn(std::string_view sql,
                                                            std::vector<Value> values) {
  Parameters parameters;
  parameters.Add(ArrayTypeOf(values.front().type), false, EncodeArray(values));
  ASSIGN_OR_RETURN(Answers answers, RunPrepared("in " + std::string(sql), parameters,
                                                [&] { return OverArray(sql); }));
  return std::unique_ptr<Cursor>(std::make_unique<Reading>(std::move(answers)));
}

Result<std::int64_t> PostgresConnection::RunEach(std::string_view sql, const Rows& rows) {
  if (rows.empty()) return 0;
  Parameters parameters;
  std::vector<Value> column;
  for (std::size_t i = 0; i < rows.width(); ++i) {
    column.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) column.push_back(rows[row][i]);
    parameters.Add(ArrayTypeOf(column.front().type), false, EncodeArray(column));
  }
  ASSIGN_OR_RETURN(Answers answers, RunPrepared("each " + std::string(sql), parameters,
                                                [&] { return OverRows(sql, rows[0]); }));
  return ParseInteger(PQcmdTuples(answers.get())).value_or(0);
}

Result<void> PostgresConnection::Script(const std::string& sql) {
  RETURN_IF_ERROR(Finish(PQsendQuery(db_, sql.c_str()) == 1, kPatienceWithScripts));
  return {};
}

// Waits until the server may be read from (and, if `writing`, written to).
Result<void> PostgresConnection::Wait(SteadyTime deadline, bool writing) {
  using std::chrono::milliseconds;
  auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd socket{PQsocket(db_), static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
  int ready = left.count() > 0 ? ::poll(&socket, 1, static_cast<int>(left.count())) : 0;
  if (ready == 0) return Lost("the server did not answer in time");
  if ((socket.revents & POLLIN) != 0 || (socket.revents & (POLLERR | POLLHUP)) != 0) {
    if (PQconsumeInput(db_) != 1) return Lost(PQerrorMessage(db_));
  }
  return {};
}

Result<PostgresConnection::Answers> PostgresConnection::Finish(bool sent,
                                                               std::chrono::seconds patience) {
  if (!sent) return Lost(PQerrorMessage(db_));
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  for (int unsent = PQflush(db_); unsent != 0; unsent = PQflush(db_)) {
    if (unsent < 0) return Lost(PQerrorMessage(db_));
    RETURN_IF_ERROR(Wait(deadline, true));
  }
  Answers last;
  std::optional<Error> failure;
  while (true) {
    while (PQisBusy(db_) == 1) RETURN_IF_ERROR(Wait(deadline, false));
    Answers next(PQgetResult(db_));
    if (!next) break;
    auto status = PQresultStatus(next.get());
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good && !failure) failure = Failure(next.get());
    last = std::move(next);
  }
  if (PQstatus(db_) != CONNECTION_OK) usable_ = false;
  if (failure) return std::move(*failure);
  if (!last) return Lost(PQerrorMessage(db_));
  run_again_ = false;
  return last;
}

Error PostgresConnection::Failure(const pg_result* result) {
  auto field = [&](int which) {
    const char* text = PQresultErrorField(result, which);
    return std::string_view(text != nullptr ? text : "");
  };
  std::string_view state = field(PG_DIAG_SQLSTATE);
  if (state.empty()) return Lost(PQresultErrorMessage(result));
  run_again_ = MayRunAgain(state);
  if (EndsConnection(state)) usable_ = false;
  return ErrorOfPostgres(where_, state, field(PG_DIAG_MESSAGE_PRIMARY));
}

Error PostgresConnection::Lost(std::string_view why) {
  usable_ = false;
  run_again_ = false;
  return ErrorOfPostgres(where_, "", why);
}

}  // namespace vdiwatch::collector
