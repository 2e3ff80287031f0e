#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "collector/store/reader.h"
#include "policy/plan.h"
#include "policy/policy_set.h"
#include "policy/replay.h"

namespace vdiwatch::server {

// How a pool fared since a moment in the past under each of two policies.
struct PoolHistory {
  std::string pool;
  policy::Docker docker = policy::Docker::kAllowed;  // under the new policy
  policy::PoolRecord current, next;
};

struct FleetHistory {
  Time since{};
  std::int64_t moves = 0;          // recorded moves of desktops that were replayed
  std::vector<PoolHistory> pools;  // that were ever there, by name
};

// A plan over the stored fleet, and names for its samples.
struct FleetPlan {
  policy::Plan plan;
  std::map<std::int64_t, std::vector<collector::NamedDesktop>> samples;  // by profile id
  std::optional<FleetHistory> history;
};

struct PlanOptions {
  std::optional<Seconds> since;  // how far back to replay
  // Told now and then what is being done, and how much of it: done, of how many.
  std::function<void(std::string_view, std::int64_t, std::int64_t)> progress = {};
};

// What `next` would change if it took the place of `current` at `now`. Only reads, from one
// snapshot. Costs two looks at each profile and one at each move replayed.
Result<FleetPlan> PlanFleet(collector::FleetReader& fleet, const policy::PolicySet& current,
                            const policy::PolicySet& next, Time now, const PlanOptions& options);

// {"format":"vdiwatch-plan/1",…}: docs/policy-language.md, "Before you roll out".
Json PlanToJson(const FleetPlan& plan, const policy::PolicySet& current,
                const policy::PolicySet& next, bool built_in_pack);

}  // namespace vdiwatch::server
