#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/postgres_settings.h"

struct pg_conn;
struct pg_result;

namespace vdiwatch::collector {

// One connection to a PostgreSQL server.
class PostgresConnection : public Connection {
 public:
  // Errors name the database, never a password: unavailable, denied, invalid (settings).
  static Result<std::unique_ptr<PostgresConnection>> Open(const PostgresSettings& settings);
  ~PostgresConnection() override;

  Result<std::int64_t> RunEach(std::string_view sql, const Rows& rows) override;
  Result<void> Script(const std::string& sql) override;
  const Dialect& dialect() const override;

  const std::string& where() const { return where_; }
  bool usable() const { return usable_; }            // false once the server went away
  bool may_run_again() const { return run_again_; }  // the statement that failed last

 protected:
  Result<std::int64_t> Execute(std::string_view sql, std::span<const Value> values) override;
  Result<std::unique_ptr<Cursor>> Query(std::string_view sql,
                                        std::span<const Value> values) override;
  Result<std::unique_ptr<Cursor>> QueryIn(std::string_view sql, std::vector<Value> values) override;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using Answers = std::unique_ptr<pg_result, Clear>;
  class Reading;
  // A statement's parameters as libpq takes them.
  struct Parameters {
    std::vector<unsigned int> types;
    std::vector<std::string> bytes;
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    void Add(unsigned int type, bool null, std::string encoded);
  };

  PostgresConnection(std::string where, pg_conn* handle) : where_(std::move(where)), db_(handle) {}
  static Parameters Single(std::span<const Value> values);

  // `key` names the statement on this connection, `in_words` makes its text the first time.
  template <class InWords>
  Result<Answers> RunPrepared(const std::string& key, const Parameters& parameters,
                              InWords in_words);
  // Waits for the answer to what was sent; of several, the last one. The server itself ends a
  // statement after 30 s; one that does not even do that is given up.
  Result<Answers> Finish(bool sent, std::chrono::seconds patience = std::chrono::seconds(40));
  Result<void> Wait(std::chrono::steady_clock::time_point deadline, bool writing);
  Error Failure(const pg_result* result);
  Error Lost(std::string_view why);

  const std::string where_;
  pg_conn* db_;
  bool usable_ = true;
  bool run_again_ = false;
  std::unordered_map<std::string, std::string> prepared_;  // key -> name
};

}  // namespace vdiwatch::collector
