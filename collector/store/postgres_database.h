#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "collector/store/database.h"
#include "collector/store/postgres.h"
#include "collector/store/postgres_settings.h"

namespace vdiwatch::collector {

// One PostgreSQL database: one connection that writes, a few that read. Connections that were lost
// are made anew by the next call; other collectors may write the same database.
class PostgresDatabase : public SqlDatabase {
 public:
  // Checks and migrates the database. Errors: see OpenPostgres.
  static Result<std::shared_ptr<PostgresDatabase>> Open(PostgresSettings settings);

 protected:
  Result<void> Transact(Mode mode, const Work& work) override;

 private:
  using Held = std::unique_ptr<PostgresConnection>;  // null: still to be made

  explicit PostgresDatabase(PostgresSettings settings) : settings_(std::move(settings)) {}

  // Runs work on this connection, which is made if it is null or was lost meanwhile.
  Result<void> RunOn(Held& connection, Mode mode, const Work& work);
  Result<void> Begin(Held& connection, Mode mode);
  Result<Held> Connect();
  Held TakeReader();
  void GiveBack(Held reader);

  const PostgresSettings settings_;
  std::mutex write_mutex_;
  Held writer_;

  std::mutex read_mutex_;
  std::condition_variable reader_back_;
  std::vector<Held> idle_readers_;
  int readers_out_ = 0;

  // A server that lets us wait is not asked again for as long as it took.
  std::mutex connect_mutex_;
  std::optional<Error> refused_;
  std::chrono::steady_clock::time_point refused_until_{};
};

}  // namespace vdiwatch::collector
