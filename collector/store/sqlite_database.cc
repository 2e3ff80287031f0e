#include "collector/store/sqlite_database.h"

#include "collector/store/migrations.h"
#include "collector/store/sqlite_file.h"

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

}  // namespace

Result<std::shared_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::filesystem::path& file) {
  RETURN_IF_ERROR(MakePrivateFile(file));
  ASSIGN_OR_RETURN(auto writer, Connection::Open(file));
  RETURN_IF_ERROR(writer->Script(kWriterSettings));
  RETURN_IF_ERROR(RequireOurs(*writer));  // before anything in a stranger's file is changed
  RETURN_IF_ERROR(writer->Script("PRAGMA journal_mode = WAL"));
  RETURN_IF_ERROR(Migrate(*writer));
  return std::shared_ptr<SqliteDatabase>(new SqliteDatabase(file, std::move(writer)));
}

Result<void> SqliteDatabase::Require(Sync sync) {
  if (sync == sync_) return {};
  const char* setting =
      sync == Sync::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
  RETURN_IF_ERROR(writer_->Script(setting));
  sync_ = sync;
  return {};
}

Result<std::unique_ptr<Connection>> SqliteDatabase::TakeReader() {
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
  auto reader = Connection::Open(file_);
  Result<void> ready = reader ? (*reader)->Script(kReaderSettings) : Result<void>();
  if (reader && ready) return reader;
  GiveBack(nullptr);
  return reader ? Result<std::unique_ptr<Connection>>(std::move(ready).error()) : std::move(reader);
}

void SqliteDatabase::GiveBack(std::unique_ptr<Connection> reader) {
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
