#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// Whether any desktop of the pool in this presence was last seen before `before`.
Result<bool> AnySilent(Connection& db, std::int64_t pool_id, Presence presence, Time before);

// One step of a sweep: at most `limit` desktops of the pool go from one presence to another if they
// were last seen before `before`; answers how many did. None if another collector sweeps this pool.
Result<std::int64_t> MoveSilent(Connection& db, std::int64_t pool_id, Presence from, Presence to,
                                Time before, Time at, std::int64_t limit);

}  // namespace vdiwatch::collector
