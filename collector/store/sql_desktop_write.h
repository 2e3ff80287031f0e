#pragma once

#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/rows.h"
#include "collector/store/sql_counts.h"

namespace vdiwatch::collector {

// Inserts or replaces rows inside the caller's transaction; `moves` learns where they count now.
Result<void> WriteDesktops(Connection& db, std::span<const Desktop> desktops, Time at,
                           CountMoves& moves);

}  // namespace vdiwatch::collector
