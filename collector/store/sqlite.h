#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vdiwatch::collector {

struct SqlHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view sql) const { return std::hash<std::string_view>()(sql); }
};

// One connection to a database file.
class SqliteConnection : public Connection {
 public:
  // The file must be there.
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::filesystem::path& file);
  ~SqliteConnection() override;

  Result<std::int64_t> RunEach(std::string_view sql, const Rows& rows) override;
  Result<void> Script(const std::string& sql) override;
  const Dialect& dialect() const override;

  const std::filesystem::path& file() const { return file_; }

 protected:
  Result<std::int64_t> Execute(std::string_view sql, std::span<const Value> values) override;
  Result<std::unique_ptr<Cursor>> Query(std::string_view sql,
                                        std::span<const Value> values) override;
  Result<std::unique_ptr<Cursor>> QueryIn(std::string_view sql, std::vector<Value> values) override;

 private:
  class Statement;
  class Answers;

  SqliteConnection(std::filesystem::path file, sqlite3* handle)
      : file_(std::move(file)), db_(handle) {}
  Error Failure(int code) const;  // of the call that just failed

  std::filesystem::path file_;
  sqlite3* db_;
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>, SqlHash, std::equal_to<>> idle_;
};

}  // namespace vdiwatch::collector
