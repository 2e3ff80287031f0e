#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/grades.h"
#include "policy/pool_verdict.h"

namespace vdiwatch::policy {

// How one desktop weighs in its pool.
struct Weight {
  bool stale = false;
  const Grades* grades = nullptr;  // of its profile; null while its facts are not known
};

// How a pool fared over a span of time.
struct PoolRecord {
  std::int64_t turned_noncompliant = 0;
  Seconds noncompliant{0};  // in all
  std::int64_t turned_unknown = 0;
  Seconds unknown{0};
  Grade last = Grade::kUnknown;
};

// One pool's life under one policy, as if it had been put in force at the start of the replay:
// counts change move by move, and the pool is judged at each moment at which they did, and where
// a `for` has passed. Time only goes forward. A pool that nobody judged before begins with its
// first desktop.
class PoolReplay {
 public:
  // `previous`: how the pool really stood at the start. The set must outlive this.
  PoolReplay(const PolicySet& set, std::string_view pool, std::optional<PoolState> previous,
             Time start);

  // Judges what was added before `now`.
  void AdvanceTo(Time now);
  // That many desktops more, or fewer.
  void Add(const Weight& weight, std::int64_t desktops);

  // Judges up to the end.
  PoolRecord Finish(Time end);

 private:
  void JudgeAt(Time at);

  const PoolSpec& spec_;
  std::vector<std::pair<std::string, std::size_t>> rules_;  // with thresholds, and their place
  PoolCounts counts_;
  std::optional<PoolState> state_;
  PoolRecord record_;
  Time at_;
  Time judged_at_;
  bool dirty_ = true;
};

}  // namespace vdiwatch::policy
