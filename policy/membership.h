#pragma once

#include <string>
#include <string_view>

#include "policy/evaluate.h"
#include "policy/policy_set.h"

namespace vdiwatch::policy {

// The pool of tokens that name none: its desktops belong where their broker says.
inline constexpr std::string_view kUnassignedPool = "unassigned";

// What a desktop is known by when its pool is looked for.
struct Applicant {
  const Facts& facts;            // configuration, state and the desktop's own
  const PoolAttributes& claims;  // claims.<name> of `match`
  std::string_view home;         // the pool of its enrolment token
  std::string_view now;          // the pool it is in
};

// The pool a desktop belongs to: the first whose `match` holds; else its token's; else the one its
// broker tells. A reading that is missing moves nobody. Pure.
std::string PoolFor(const PolicySet& set, const Applicant& applicant);

}  // namespace vdiwatch::policy
