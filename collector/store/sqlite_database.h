#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "collector/store/database.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {

// One database file: one connection that writes, a few that read.
class SqliteDatabase : public SqlDatabase {
 public:
  // Checks, makes or migrates the file. Errors: see OpenSqlite.
  static Result<std::shared_ptr<SqliteDatabase>> Open(const std::filesystem::path& file);

 protected:
  // An unsynced write is on disk with the next durable one: that one syncs the whole write-ahead
  // log up to itself (https://sqlite.org/pragma.html#pragma_synchronous).
  Result<void> Transact(Mode mode, const Work& work) override;

 private:
  using Reader = std::unique_ptr<SqliteConnection>;

  SqliteDatabase(std::filesystem::path file, std::unique_ptr<SqliteConnection> writer)
      : file_(std::move(file)), writer_(std::move(writer)) {}

  Result<void> Require(Mode mode);  // of the writer; cannot change inside a transaction
  Result<Reader> TakeReader();
  void GiveBack(Reader reader);

  const std::filesystem::path file_;
  std::mutex write_mutex_;
  std::unique_ptr<SqliteConnection> writer_;
  Mode writes_ = Mode::kDurable;

  std::mutex read_mutex_;
  std::condition_variable reader_back_;
  std::vector<Reader> idle_readers_;
  int readers_ = 0;  // idle and out
};

}  // namespace vdiwatch::collector
