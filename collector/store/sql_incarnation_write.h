#pragma once

#include <span>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/rows.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// Inserts or replaces rows inside the caller's transaction. Their desktops must have been written.
Result<void> WriteIncarnations(Connection& db, std::span<const Incarnation> incarnations);

// The statements behind Store::TouchAll.
Result<void> ApplyTouches(Connection& db, std::span<const Touch> touches);

}  // namespace vdiwatch::collector
