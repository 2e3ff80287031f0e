#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "policy/alert_causes.h"

namespace vdiwatch::policy {

// The cause of the alert on one waiver: this, a slash and the waiver's id.
inline constexpr std::string_view kWaiverExpiring = "waiver-expiring";
std::string WaiverCause(std::string_view waiver_id);

// Pure. One for each waiver in its last 14 days that still excuses desktops of this pool, which
// PoolCounts::findings counts by WaiverCause. None in a pool of `docker: none`.
std::vector<AlertCause> ExpiringWaivers(const PolicySet& set, const PoolSpec& pool,
                                        const PoolCounts& counts, Time now);

}  // namespace vdiwatch::policy
