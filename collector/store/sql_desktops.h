#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

// The queries behind the FleetReader's methods on desktops, inside the caller's transaction.
Result<std::vector<DesktopSummary>> ListDesktops(Connection& db, const DesktopFilter& filter);
Result<DesktopSummary> DesktopById(Connection& db, std::int64_t id);
Result<std::vector<DesktopSummary>> DesktopsByHost(Connection& db, std::string_view host_name);
Result<std::vector<DesktopTransition>> ListTransitions(Connection& db, std::int64_t desktop_id,
                                                       std::int64_t limit);

}  // namespace vdiwatch::collector
