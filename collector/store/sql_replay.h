#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "collector/store/connection.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// FleetSnapshot::Replay; `now` are the counts of the same snapshot.
Result<void> ReplayLog(Connection& db, Time since, const std::vector<StandingCount>& now,
                       const FleetSnapshot::VisitPast& past, const FleetSnapshot::VisitMove& move);

// The id of the desktops' first log line after `at`, or one past the end.
Result<std::int64_t> FirstLineAfter(Connection& db, Time at);
// How the pools stood that were judged by then, by id; without what waited.
Result<std::map<std::int64_t, policy::PoolState>> PoolStatesAt(Connection& db, Time at);

}  // namespace vdiwatch::collector
