#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

struct sqlite3_vfs;

namespace vdiwatch::collector {

// Is told what reaches which file, before it does.
class DiskWitness {
 public:
  virtual ~DiskWitness() = default;
  virtual void Wrote(std::string_view file, std::string_view bytes, std::int64_t offset) = 0;
  virtual void Truncated(std::string_view file, std::int64_t size) = 0;
  virtual void Synced(std::string_view file) = 0;
  virtual void Deleted(std::string_view file) = 0;
};

// While it lives, every file that SQLite opens goes through it: it counts what is synced, and can
// be told to be full or to tell a witness. One at a time.
class WatchedDisk {
 public:
  WatchedDisk();
  ~WatchedDisk();
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;

  std::int64_t syncs() const { return syncs_; }
  // From now on, writes that make a file longer fail after this many bytes; -1: no more limit.
  void SetRoom(std::int64_t bytes) { room_ = bytes; }

  void SetWitness(DiskWitness* witness) { witness_ = witness; }

  // For the file's methods.
  DiskWitness* witness() const { return witness_; }
  void CountSync() { ++syncs_; }
  bool TakeRoom(std::int64_t bytes);

 private:
  std::atomic<std::int64_t> syncs_{0};
  std::atomic<std::int64_t> room_{-1};
  DiskWitness* witness_ = nullptr;
  sqlite3_vfs* former_;
};

}  // namespace vdiwatch::collector
