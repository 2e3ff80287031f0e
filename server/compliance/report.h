#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "collector/store/rows.h"
#include "policy/evaluate.h"
#include "policy/pool_verdict.h"
#include "policy/waiver.h"
#include "server/compliance/scope.h"

namespace vdiwatch::server::compliance {

using GradeCounts = std::map<policy::Grade, std::int64_t>;
inline std::int64_t CountOf(const GradeCounts& counts, policy::Grade grade) {
  const auto found = counts.find(grade);
  return found == counts.end() ? 0 : found->second;
}

// How many desktops stood where. `grades` counts the reporting ones that were judged.
struct Standings {
  std::int64_t live = 0, off = 0, stale = 0;
  std::int64_t unjudged = 0;  // of the reporting
  GradeCounts grades;

  std::int64_t reporting() const { return live + off; }
  std::int64_t desktops() const { return reporting() + stale; }
  // As lists count: stale ones and those not judged are unknown.
  std::int64_t Of(policy::Grade grade) const;
  void Add(const Standings& other);
};

// One rule over a pool's reporting desktops.
struct RuleLine {
  policy::RuleVerdict sample;  // of a desktop that fails, where one does
  std::string section;
  GradeCounts desktops;
  std::string why;  // what most of those that fail are told
};

// Of the members that the policy of that day expected.
struct Coverage {
  bool by_list = false;
  std::int64_t expected = 0, known = 0, reporting = 0;

  std::int64_t never_reported() const { return expected > known ? expected - known : 0; }
  double percent() const {
    return expected > 0 ? 100.0 * static_cast<double>(reporting) / static_cast<double>(expected)
                        : 100.0;
  }
};

struct PoolLine {
  std::string name;
  policy::Docker docker = policy::Docker::kAllowed;
  std::map<std::string, std::string, std::less<>> attributes;
  policy::Grade grade = policy::Grade::kUnknown;
  std::optional<Time> since;
  std::vector<policy::PoolReason> reasons;
  Standings standings;
  std::optional<Coverage> coverage;
  std::vector<RuleLine> rules;  // what fails on most desktops first
};

// A desktop that was noncompliant, or whose grade was unknown.
struct ExceptionLine {
  std::int64_t id = 0;
  std::string host_name;
  std::string pool;
  policy::Grade grade = policy::Grade::kUnknown;
  collector::Presence presence = collector::Presence::kLive;
  std::optional<Time> last_seen;  // not of a report of the past
  std::string note;               // what no rule says; may be empty
  // Rules that count and do not hold; shared by desktops that stood alike; never null.
  std::shared_ptr<const std::vector<policy::RuleVerdict>> rules;
};

struct PackLine {
  std::string name, version;
  policy::PackSource source;
};

// How the pools of a scope stood at one moment, under the policy that was in force then. A value:
// complete without the store and the policy it came from.
struct Report {
  Scope scope;
  Time as_of{};
  Time made_at{};
  std::string policy;  // digest of the set
  Time policy_since{};
  bool policy_in_force = false;  // still, when the report was made
  std::vector<PackLine> packs;
  std::vector<PoolLine> pools;            // worst first, then by name
  std::vector<ExceptionLine> exceptions;  // noncompliant first, then by pool and id
  std::int64_t left_out = 0;              // exceptions over the limit
  std::vector<std::pair<policy::Waiver, std::int64_t>> waivers;  // in force, with their desktops
};

// "Compliance of pool finance".
std::string TitleOf(const Report& report);

}  // namespace vdiwatch::server::compliance
