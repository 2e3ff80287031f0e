#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "collector/store/reader.h"
#include "policy/policy_set.h"
#include "server/access.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {

// How many desktops each waiver excuses, by its id: all that are not retired. Pure.
using WaiverUse = std::map<std::string, std::int64_t, std::less<>>;
void AddWaiverUse(const JudgedProfile& profile, WaiverUse& use);
// Over all of these pools that the viewer may see.
WaiverUse VisibleWaiverUse(const std::vector<JudgedProfile>& profiles,
                           const std::vector<collector::Pool>& pools, const Principal& viewer);

// A line of the waivers' list, with its state at this time.
Json WaiverJson(const policy::Waiver& waiver, std::int64_t desktops, Time at);

// Waivers with their use, what asks for attention first: expired, expiring, unused, scheduled,
// active; the sooner ended first. Those of one pool: for it as a whole, or used in it.
Json PoolWaiversJson(const policy::PolicySet& set, const WaiverUse& use, Time at,
                     std::string_view pool);
// Those that the viewer may know of: for a pool that they see, or used in one.
Json VisibleWaiversJson(const policy::PolicySet& set, const WaiverUse& use, Time at,
                        const Principal& viewer);

}  // namespace vdiwatch::server
