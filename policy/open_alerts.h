#pragma once

#include <string>
#include <vector>

#include "policy/pool_verdict.h"

namespace vdiwatch::policy {

// What a pool's owner is to hear as long as the verdict stands.
struct OpenAlert {
  std::string rule;  // that fails in a noncompliant pool; empty: the pool as a whole
  Grade grade = Grade::kNoncompliant;
  std::string text;
};

// Pure. A noncompliant pool has one for each rule that fails on its desktops, an unknown one a
// single one; a pool of `docker: none` has none. In the order of the reasons.
std::vector<OpenAlert> OpenAlerts(const PoolSpec& pool, const PoolVerdict& verdict);

}  // namespace vdiwatch::policy
