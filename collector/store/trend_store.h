#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/grade.h"

namespace vdiwatch::collector {

// How a pool stood when a day (UTC) ended, or when it was last written down on it. Stale desktops
// and those whose facts are not known count as unknown, as in every list.
struct PoolDay {
  Time day{};  // its midnight
  std::int64_t pool_id = 0;
  std::string pool;
  policy::Grade grade = policy::Grade::kUnknown;
  std::int64_t reporting = 0;
  std::map<policy::Grade, std::int64_t> desktops;  // those that there are
  std::int64_t total() const;
};

// All pools of a day together.
struct FleetDay {
  Time day{};
  std::int64_t reporting = 0;
  std::map<policy::Grade, std::int64_t> desktops, pools;
};

// A pool that changed its grade.
struct PoolTurn {
  std::int64_t id = 0;
  Time at{};
  std::int64_t pool_id = 0;
  std::string pool;
  policy::Grade from = policy::Grade::kUnknown;
  policy::Grade to = policy::Grade::kUnknown;
  std::string policy;   // digest of the set
  std::string reasons;  // JSON
};

// The fleet day by day, as the sweep writes it down: a row for each pool and day, so that reading
// costs the same however many desktops there are. Any thread may call. Errors: unavailable,
// internal.
class TrendStore {
 public:
  virtual ~TrendStore() = default;

  // Writes down how every pool stands, over what was written earlier on the same day, and forgets
  // the days before `keep_from`.
  virtual Result<void> RecordDay(Time now, Time keep_from) = 0;

  virtual Result<std::vector<FleetDay>> FleetDays(Time from) = 0;  // by day
  // The days of these pools; all days of the first pool come first.
  virtual Result<std::vector<PoolDay>> PoolDays(const std::vector<std::int64_t>& pool_ids,
                                                Time from) = 0;
  // The days of these pools added up, by day. Remembers days that are over, so that reading them
  // again costs microseconds a day.
  virtual Result<std::vector<FleetDay>> DaysTogether(std::vector<std::int64_t> pool_ids,
                                                     Time from) = 0;
  // Every pool's row of the last day that was over by this time, by name; none if none was written.
  virtual Result<std::vector<PoolDay>> PoolsBefore(Time at) = 0;
  // Newest first, behind the turn of this time and id if one is given.
  virtual Result<std::vector<PoolTurn>> TurnsSince(
      Time since, std::optional<std::pair<Time, std::int64_t>> after, std::int64_t limit) = 0;
};

// The midnight (UTC) that a day began with.
Time DayOf(Time at);

}  // namespace vdiwatch::collector
