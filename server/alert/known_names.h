#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy_set.h"
#include "server/alert/config.h"

namespace vdiwatch::server::alert {

// What alerts under one policy may be called: vdiwatch's own causes and names, and the policy's.
struct KnownNames {
  std::vector<std::string> causes, rules, names;
};
KnownNames NamesUnder(const policy::PolicySet& set);

// Why a pattern of `cause`, `rule` or `name` matches no alert of these, with the nearest one;
// nothing if it does, and for other labels. Pure.
std::optional<std::string> WhyUnknown(std::string_view label, const std::string& pattern,
                                      const KnownNames& known);
// The same of all routes and of timings_by_cause, as "file:line:col: message" lines.
std::vector<std::string> UnknownNames(const AlertConfig& config, const KnownNames& known);

}  // namespace vdiwatch::server::alert
