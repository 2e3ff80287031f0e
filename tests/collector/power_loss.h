#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/collector/sqlite_disk.h"

namespace vdiwatch::collector {

// A disk that forgets: what was written and not synced when the power goes is there, is not, or is
// there in part, sector by sector and in any order, as `seed` has it. While it lives, every file
// that SQLite opens is on it; files must not be there before. Nothing is lost for the running
// program: what would be left is told by WriteRemains.
class PowerLoss : public DiskWitness {
 public:
  explicit PowerLoss(std::uint32_t seed);

  // The power goes at the `writes`-th write from now on.
  void GoAfter(std::int64_t writes);
  bool gone() const;
  // Syncs are acknowledged and not done any more.
  void LieFromNowOn();
  // How many writes were not synced when it went, and how many of them are gone, at least in part.
  struct Loss {
    std::int64_t unsynced = 0, lost = 0;
  };
  Loss loss() const;
  // The files as they are found when the power is back, by their own names, into this folder.
  void WriteRemains(const std::filesystem::path& folder) const;

  void Wrote(std::string_view file, std::string_view bytes, std::int64_t offset) override;
  void Truncated(std::string_view file, std::int64_t size) override;
  void Synced(std::string_view file) override;
  void Deleted(std::string_view file) override;

 private:
  struct Change {
    bool truncates;
    std::string bytes;
    std::int64_t offset;  // or size
  };
  struct File {
    std::string synced;
    std::vector<Change> unsynced;
  };

  void Count();
  void Go();
  void ApplySome(const Change& change, std::string& content);

  mutable std::mutex mutex_;
  std::mt19937 random_;
  std::map<std::string, File, std::less<>> files_;
  std::int64_t left_ = -1;
  bool gone_ = false, lies_ = false;
  Loss loss_;
  std::map<std::string, std::string> remains_;
  WatchedDisk disk_;
};

}  // namespace vdiwatch::collector
