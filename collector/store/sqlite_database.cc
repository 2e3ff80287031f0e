#include "collector/store/sqlite_database.h"

#include "collector/store/sqlite_file.h"
#include "collector/store/sqlite_schema.h"

namespace vdiwatch::collector {
namespace {

constexpr int kMaxReaders = 8;

// 16 MiB of log before a checkpoint: pages that change often are copied once instead of four times.
constexpr const char* kWriterSettings =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
    "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864";
constexpr const char* kReaderSettings =
    "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384;"
    "PRAGMA temp_store = MEMORY";

template <class Work>
Result<void> RunBetween(SqliteConnection& connection, std::string_view begin, const Work& work) {
  RETURN_IF_ERROR(connection.Run(begin));
  Result<void> done = work(connection);
  if (done) {
    auto committed = connection.Run("COMMIT");
    if (committed) return {};
    done = std::move(committed).error();
  }
  (void)connection.Run("ROLLBACK");  // the first error says why
  return done;
}

}  // namespace

Result<std::shared_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::filesystem::path& file) {
  RETURN_IF_ERROR(MakePrivateFile(file));
  ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(file));
  RETURN_IF_ERROR(writer->Script(kWriterSettings));
  RETURN_IF_ERROR(RequireOurs(*writer));  // before anything in a stranger's file is changed
  RETURN_IF_ERROR(writer->Script("PRAGMA journal_mode = WAL"));
  RETURN_IF_ERROR(Migrate(*writer));
  return std::shared_ptr<SqliteDatabase>(new SqliteDatabase(file, std::move(writer)));
}

Result<void> SqliteDatabase::Transact(Mode mode, const Work& work) {
  if (mode != Mode::kRead) {
    std::lock_guard lock(write_mutex_);
    RETURN_IF_ERROR(Require(mode));
    return RunBetween(*writer_, "BEGIN IMMEDIATE", work);
  }
  ASSIGN_OR_RETURN(Reader reader, TakeReader());
  Result<void> done = RunBetween(*reader, "BEGIN", work);
  GiveBack(std::move(reader));
  return done;
}

Result<void> SqliteDatabase::Require(Mode mode) {
  if (mode == writes_) return {};
  const char* setting =
      mode == Mode::kDurable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
  RETURN_IF_ERROR(writer_->Script(setting));
  writes_ = mode;
  return {};
}

Result<SqliteDatabase::Reader> SqliteDatabase::TakeReader() {
  {
    std::unique_lock lock(read_mutex_);
    reader_back_.wait(lock, [&] { return !idle_readers_.empty() || readers_ < kMaxReaders; });
    if (!idle_readers_.empty()) {
      auto reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
    ++readers_;
  }
  auto reader = SqliteConnection::Open(file_);
  Result<void> ready = reader ? (*reader)->Script(kReaderSettings) : Result<void>();
  if (reader && ready) return reader;
  GiveBack(nullptr);
  return reader ? Result<Reader>(std::move(ready).error()) : std::move(reader);
}

void SqliteDatabase::GiveBack(Reader reader) {
  {
    std::lock_guard lock(read_mutex_);
    if (reader) {
      idle_readers_.push_back(std::move(reader));
    } else {
      --readers_;
    }
  }
  reader_back_.notify_one();
}

}  // namespace vdiwatch::collector
