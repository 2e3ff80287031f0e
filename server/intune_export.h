#pragma once

#include <string>

#include "base/result.h"
#include "policy/policy_set.h"

namespace vdiwatch::server {

// Intune's custom compliance out of a policy: the script that reads what the collector told the
// agent, and the rules that Intune compares its answer with. Both name the same settings.
struct IntuneCompliance {
  std::string discovery;  // PowerShell 5.1, ASCII
  std::string rules;      // JSON
};

// The rules that count (critical, major, minor), in their order, behind two that ask for a verdict
// at all, and for one by all of these rules. Invalid: what Intune would refuse (more than 100 rules
// or 100 KB, a rule without an address to read more at). Limits: learn.microsoft.com/intune,
// "Custom compliance JSON files".
Result<IntuneCompliance> ExportIntuneCompliance(const policy::PolicySet& set);

}  // namespace vdiwatch::server
