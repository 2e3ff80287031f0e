#pragma once

#include <atomic>
#include <cstdint>

struct sqlite3_vfs;

namespace vdiwatch::collector {

// While it lives, every file that SQLite opens goes through it: it counts what is synced, and can
// be told to be full. One at a time.
class WatchedDisk {
 public:
  WatchedDisk();
  ~WatchedDisk();
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;

  std::int64_t syncs() const { return syncs_; }
  // From now on, writes that make a file longer fail after this many bytes; -1: no more limit.
  void SetRoom(std::int64_t bytes) { room_ = bytes; }

  // For the file's methods.
  void CountSync() { ++syncs_; }
  bool TakeRoom(std::int64_t bytes);

 private:
  std::atomic<std::int64_t> syncs_{0};
  std::atomic<std::int64_t> room_{-1};
  sqlite3_vfs* former_;
};

}  // namespace vdiwatch::collector
