#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "collector/store/fleet_index.h"
#include "collector/store/reader.h"
#include "policy/policy_set.h"
#include "server/access.h"

namespace vdiwatch::server {

// How the API writes what the store keeps. Ids are text: JSON numbers end at 2^53.

// How bad a grade is, for "worst first"; grades beside the scale come last.
int Badness(policy::Grade grade);

// {name, version, source: {title, url, as_of}}
Json PackJson(const policy::Pack& pack);

// What the policy says of a rule.
Json RuleJson(const policy::Rule& rule);

// Under which set something was judged: {digest, in_force, packs: [{name, version}]}; of a set that
// is not in force any more, `packs` is null.
Json PolicyReferenceJson(std::string_view digest, const policy::PolicySet& in_force);

// How many desktops of a pool a list filtered by this grade shows: stale ones and those without
// facts are unknown.
std::int64_t GradeCount(const collector::PoolSummary& summary, policy::Grade grade);

// A line of the pools' list.
Json PoolJson(const collector::PoolSummary& summary, const policy::PoolSpec& spec);
policy::Grade GradeOf(const collector::PoolSummary& summary);

// A line of the desktops' list. A stale desktop is unknown, whatever it last was.
Json DesktopJson(const collector::DesktopSummary& summary);
policy::Grade GradeOf(const collector::DesktopSummary& summary);

// JSON that we stored ourselves; null where it is empty or, against all odds, broken.
Json StoredJson(std::string_view text);

// Every pool that the viewer may see, by name: those in the store, and those that so far only the
// policy names, empty and with the id 0.
Result<std::vector<collector::PoolSummary>> VisiblePools(collector::FleetReader& fleet,
                                                         const policy::PolicySet& policy,
                                                         const Principal& viewer);
// One of them; not_found names it.
Result<collector::PoolSummary> FindPool(collector::FleetIndex& index,
                                        const policy::PolicySet& policy, const Principal& viewer,
                                        std::string_view name);

}  // namespace vdiwatch::server
