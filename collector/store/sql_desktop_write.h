#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/sqlite.h"
#include "collector/store/sql_counts.h"

namespace vdiwatch::collector {

// Inserts or replaces one row inside the caller's transaction; `moves` learns where it counts now.
Result<void> WriteDesktop(Connection& db, const Desktop& desktop, Time at, CountMoves& moves);
// Its desktop must have been written before.
Result<void> WriteIncarnation(Connection& db, const Incarnation& incarnation);

}  // namespace vdiwatch::collector
