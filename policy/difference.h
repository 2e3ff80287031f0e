#pragma once

#include <string>
#include <vector>

#include "policy/policy_set.h"

namespace vdiwatch::policy {

// Something that two policy sets both have, and the keys under which they differ.
struct Changed {
  std::string name;
  std::vector<std::string> keys;
};

// What one set has and the other has not, by rule id and pool name, in order.
struct Difference {
  std::vector<std::string> rules_added, rules_removed;
  std::vector<Changed> rules_changed;
  std::vector<std::string> pools_added, pools_removed;
  std::vector<Changed> pools_changed;
};

// Pure.
Difference Compare(const PolicySet& before, const PolicySet& after);

}  // namespace vdiwatch::policy
