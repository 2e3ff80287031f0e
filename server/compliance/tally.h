#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/policy_set.h"
#include "server/compliance/report.h"

namespace vdiwatch::server::compliance {

// Desktops of a pool that stood alike.
struct Share {
  std::optional<std::int64_t> profile_id;    // none before their facts were known
  const policy::Verdict* verdict = nullptr;  // on the profile; null without one
  collector::Presence presence = collector::Presence::kLive;
  std::int64_t desktops = 0;

  bool stale() const { return presence == collector::Presence::kStale; }
  policy::Grade grade() const {
    return stale() || verdict == nullptr ? policy::Grade::kUnknown : verdict->grade;
  }
};

// The pool's line. `state` is what was decided then: its grade stands; reasons come of the counts.
// Pure.
PoolLine TallyPool(const policy::PolicySet& set, const std::string& name,
                   const std::optional<policy::PoolState>& state, std::span<const Share> shares,
                   const std::optional<policy::ListedMembers>& listed, Time at);

// The rules that count and do not hold, the worst first; waived ones hold. Pure.
std::shared_ptr<const std::vector<policy::RuleVerdict>> FailuresOf(const policy::Verdict& verdict);

}  // namespace vdiwatch::server::compliance
