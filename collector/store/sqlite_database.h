#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {

// One database file held open: one connection that writes, a few that read. Any thread may call.
// A body is a callable Connection& -> Result<T>; an error it answers undoes what it wrote.
class SqliteDatabase {
 public:
  // Checks, makes or migrates the file. Errors: see OpenSqlite.
  static Result<std::shared_ptr<SqliteDatabase>> Open(const std::filesystem::path& file);

  // Runs body in a transaction of its own that is on disk when the call returns.
  template <class Body>
  std::invoke_result_t<Body&, Connection&> Write(Body body) {
    return WriteWith(Sync::kFull, body);
  }
  // The same, but a crash of the machine may undo it, until the next Write is on disk: that one
  // syncs the whole write-ahead log up to itself
  // (https://sqlite.org/pragma.html#pragma_synchronous).
  template <class Body>
  std::invoke_result_t<Body&, Connection&> WriteUnsynced(Body body) {
    return WriteWith(Sync::kNormal, body);
  }
  // Runs body on a snapshot that has every write that returned before; never waits for a writer.
  template <class Body>
  std::invoke_result_t<Body&, Connection&> Read(Body body) {
    Result<std::unique_ptr<Connection>> reader = TakeReader();
    if (!reader) return std::move(reader).error();
    auto result = Transact(**reader, "BEGIN", body);
    GiveBack(std::move(*reader));
    return result;
  }

 private:
  enum class Sync { kNormal, kFull };

  SqliteDatabase(std::filesystem::path file, std::unique_ptr<Connection> writer)
      : file_(std::move(file)), writer_(std::move(writer)) {}

  template <class Body>
  std::invoke_result_t<Body&, Connection&> WriteWith(Sync sync, Body& body) {
    std::lock_guard lock(write_mutex_);
    RETURN_IF_ERROR(Require(sync));
    return Transact(*writer_, "BEGIN IMMEDIATE", body);
  }
  template <class Body>
  static std::invoke_result_t<Body&, Connection&> Transact(Connection& connection,
                                                           std::string_view begin, Body& body) {
    RETURN_IF_ERROR(connection.Run(begin));
    auto result = body(connection);
    if (!result) {
      (void)connection.Run("ROLLBACK");  // the first error says why
      return result;
    }
    if (auto committed = connection.Run("COMMIT"); !committed) {
      (void)connection.Run("ROLLBACK");
      return std::move(committed).error();
    }
    return result;
  }
  Result<void> Require(Sync sync);  // of the writer; cannot change inside a transaction
  Result<std::unique_ptr<Connection>> TakeReader();
  void GiveBack(std::unique_ptr<Connection> reader);

  const std::filesystem::path file_;
  std::mutex write_mutex_;
  std::unique_ptr<Connection> writer_;
  Sync sync_ = Sync::kFull;

  std::mutex read_mutex_;
  std::condition_variable reader_back_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
  int readers_ = 0;  // idle and out
};

}  // namespace vdiwatch::collector
