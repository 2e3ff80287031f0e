#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

// The ids of the desktops on one page of the filter, ascending. Reads a bounded number of rows
// however many desktops there are, but for a search, which may read every host name of the pool or
// the fleet, and for what is rare in a pool and in no index, which may read every desktop of it.
Result<std::vector<std::int64_t>> PageOfDesktops(Connection& db, const DesktopFilter& filter);

}  // namespace vdiwatch::collector
