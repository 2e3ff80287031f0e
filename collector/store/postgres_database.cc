#include "collector/store/postgres_database.h"

#include <utility>

#include "collector/store/postgres_schema.h"

namespace vdiwatch::collector {
namespace {

constexpr int kMaxReaders = 8;
constexpr int kMaxRuns = 5;  // of one transaction that other writers push away

constexpr std::string_view kUnsynced = "SET LOCAL synchronous_commit = off";

std::string_view BeginOf(bool reads) {
  // Row locks are taken in a fixed order, so writers need no more than READ COMMITTED.
  return reads ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
               : "BEGIN ISOLATION LEVEL READ COMMITTED";
}

Result<void> RunAndCommit(PostgresConnection& connection,
                          const std::function<Result<void>(Connection&)>& work) {
  RETURN_IF_ERROR(work(connection));
  RETURN_IF_ERROR(connection.Run("COMMIT"));
  return {};
}

}  // namespace

Result<std::shared_ptr<PostgresDatabase>> PostgresDatabase::Open(PostgresSettings settings) {
  std::shared_ptr<PostgresDatabase> database(new PostgresDatabase(std::move(settings)));
  ASSIGN_OR_RETURN(database->writer_, database->Connect());
  RETURN_IF_ERROR(RequireOurs(*database->writer_));
  RETURN_IF_ERROR(Migrate(*database->writer_));
  return database;
}

Result<void> PostgresDatabase::Transact(Mode mode, const Work& work) {
  if (mode != Mode::kRead) {
    std::lock_guard lock(write_mutex_);
    return RunOn(writer_, mode, work);
  }
  Held reader = TakeReader();
  Result<void> done = RunOn(reader, mode, work);
  GiveBack(std::move(reader));
  return done;
}

Result<void> PostgresDatabase::RunOn(Held& connection, Mode mode, const Work& work) {
  for (int run = 1;; ++run) {
    RETURN_IF_ERROR(Begin(connection, mode));
    Result<void> done = RunAndCommit(*connection, work);
    if (done) return done;
    const bool again = connection->may_run_again() && run < kMaxRuns;
    if (connection->usable()) (void)connection->Run("ROLLBACK");  // the first error says why
    if (!connection->usable()) connection.reset();
    if (!again) return done;
  }
}

Result<void> PostgresDatabase::Begin(Held& connection, Mode mode) {
  auto begin = [&]() -> Result<void> {
    RETURN_IF_ERROR(connection->Run(BeginOf(mode == Mode::kRead)));
    if (mode == Mode::kUnsynced) RETURN_IF_ERROR(connection->Run(kUnsynced));
    return {};
  };
  if (connection && begin()) return {};
  // A connection that was lost while it was idle shows now: nothing was done, so another one
  // serves.
  connection.reset();
  ASSIGN_OR_RETURN(connection, Connect());
  return begin();
}

Result<PostgresDatabase::Held> PostgresDatabase::Connect() {
  using Clock = std::chrono::steady_clock;
  std::lock_guard lock(connect_mutex_);
  const auto began = Clock::now();
  if (refused_ && began < refused_until_) return *refused_;
  refused_.reset();
  auto connection = PostgresConnection::Open(settings_);
  if (connection) return std::move(*connection);
  const auto now = Clock::now();
  refused_ = connection.error();
  refused_until_ = now + (now - began);
  return std::move(connection).error();
}

PostgresDatabase::Held PostgresDatabase::TakeReader() {
  std::unique_lock lock(read_mutex_);
  reader_back_.wait(lock, [&] { return readers_out_ < kMaxReaders; });
  ++readers_out_;
  if (idle_readers_.empty()) return nullptr;
  Held reader = std::move(idle_readers_.back());
  idle_readers_.pop_back();
  return reader;
}

void PostgresDatabase::GiveBack(Held reader) {
  {
    std::lock_guard lock(read_mutex_);
    if (reader) idle_readers_.push_back(std::move(reader));
    --readers_out_;
  }
  reader_back_.notify_one();
}

}  // namespace vdiwatch::collector
