#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/alert_course.h"
#include "policy/pool_verdict.h"

namespace vdiwatch::policy {

// Causes that are no rule's. A rule's cause is its id.
inline constexpr std::string_view kPoolNoncompliant = "pool-noncompliant";
inline constexpr std::string_view kPoolUnknown = "pool-unknown";
inline constexpr std::string_view kCoverageLost = "coverage-lost";
inline constexpr std::string_view kClonedIdentities = "cloned-identities";
inline constexpr std::string_view kPersistenceConflict = "persistence-conflict";

// One thing that a pool's owner may have to hear of, and whether it is so.
struct AlertCause {
  std::string cause;
  std::string name;  // as receivers group by it: "NonPersistentPool", "PoolNoncompliant"
  std::string rule;  // its id, where a rule fails
  Severity severity = Severity::kMajor;
  Grade grade = Grade::kNoncompliant;
  Holds holds = Holds::kNo;
  std::int64_t desktops = 0;  // how many …
  std::int64_t of = 0;        // … of how many
  std::string text;           // "38 of 40 desktops: …"
  std::string remediation;
};

// Pure. What does not stand here is not so (Holds::kNo): so it is for all of a pool of
// `docker: none`. A rule's cause holds from its pool's `enter` share on, and is unknown between
// that and `leave`, or while the pool's grade is; a rule with an `alert` name speaks for itself,
// any other only while its pool is noncompliant.
std::vector<AlertCause> PoolAlertCauses(const PolicySet& set, const PoolSpec& pool,
                                        const PoolCounts& counts, const PoolVerdict& verdict);

}  // namespace vdiwatch::policy
