#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"
#include "policy/evaluate.h"
#include "policy/policy_set.h"
#include "report/fact.h"

namespace vdiwatch::collector {

// Facts that only the collector can tell: observed persistence, the persistence verdict, what came
// first of Docker Desktop and nested virtualization, duplicate identity. `configuration` is the
// desktop's fact set, `pool_pattern` its pool's persistence as far as that can be told; it weighs
// until the desktop itself was seen to restart. Pure.
Facts DerivedFacts(const Desktop& desktop, const Facts& configuration,
                   const Fact& pool_pattern = Unknown(Missing::kUndetermined));

// Which profile a desktop belongs to; `waivers` are the ids of those that name it. Pure.
Profile MakeProfile(std::int64_t pool_id, std::string_view facts_digest, const Facts& state,
                    const Facts& derived, std::vector<std::string> waivers);
// The profile of the same desktop once other waivers name it.
Profile WithWaivers(Profile profile, std::vector<std::string> waivers);

// The verdict on a profile of this pool with these facts: rules, pool attributes and waivers.
policy::Verdict JudgeProfileFacts(const policy::PolicySet& policy, const Profile& profile,
                                  std::string_view pool, const Facts& facts, Time at);

// All facts behind a profile: its fact set, state and derived facts in one map.
Result<Facts> ProfileFacts(const Profile& profile, std::string_view fact_set);

}  // namespace vdiwatch::collector
