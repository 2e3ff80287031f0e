#pragma once

#include <vector>

#include "collector/store/connection.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// FleetSnapshot::Replay; `now` are the counts of the same snapshot.
Result<void> ReplayLog(Connection& db, Time since, const std::vector<StandingCount>& now,
                       const FleetSnapshot::VisitPast& past, const FleetSnapshot::VisitMove& move);

}  // namespace vdiwatch::collector
