#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/report.h"
#include "base/result.h"

namespace vdiwatch::agent {

// A state change that the collector has not heard of, and when it was seen.
struct SpooledChange {
  Time at{};
  Observation seen;
};

struct SpoolLimits {
  std::size_t max_changes = 64;
  std::size_t max_bytes = 4 << 20;
};

// State changes while the collector is away, oldest first: one file each, replaced in one step, so
// that a crash loses none that Push returned for. Without a folder it lives in memory alone. When
// it is full, the oldest goes and is counted. One thread.
class Spool {
 public:
  // In memory.
  explicit Spool(SpoolLimits limits = {}) : limits_(limits) {}
  // On disk; makes the folder. A file that cannot be read is dropped and counted as lost.
  static Result<Spool> Open(const std::filesystem::path& folder, SpoolLimits limits = {});

  Result<void> Push(const SpooledChange& change);
  // Drops the oldest, once the collector has it.
  Result<void> Pop();

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  const SpooledChange& front() const { return entries_.front().change; }

  // Changes dropped since the last ForgetLost.
  std::int64_t lost() const { return lost_; }
  void AddLost(std::int64_t count) { lost_ += count; }
  void ForgetLost() { lost_ = 0; }

 private:
  struct Entry {
    std::int64_t number = 0;
    std::size_t bytes = 0;
    SpooledChange change;
  };

  std::filesystem::path FileOf(std::int64_t number) const;
  void Load(const std::filesystem::path& file, std::int64_t number);
  Result<void> DropFront();

  SpoolLimits limits_;
  std::filesystem::path folder_;  // empty: in memory
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::int64_t next_number_ = 1;
  std::int64_t lost_ = 0;
};

}  // namespace vdiwatch::agent
