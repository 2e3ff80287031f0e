#pragma once

#include <string_view>
#include <unordered_map>

#include "policy/policy_set.h"

namespace vdiwatch::server {

// The pools of a policy set by name, for requests that ask for every pool of the fleet. Views into
// the set, which must outlive it.
class PoolSpecs {
 public:
  explicit PoolSpecs(const policy::PolicySet& set) {
    by_name_.reserve(set.pools.size());
    for (const policy::PoolSpec& spec : set.pools) by_name_.emplace(spec.name, &spec);
  }

  // As PolicySet::PoolNamed: defaults if the policy has none.
  const policy::PoolSpec& Named(std::string_view name) const {
    static const policy::PoolSpec kDefaults;
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kDefaults : *found->second;
  }

 private:
  std::unordered_map<std::string_view, const policy::PoolSpec*> by_name_;
};

}  // namespace vdiwatch::server
