#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"
#include "policy/policy_set.h"

namespace vdiwatch::policy {

// What a waiver may call a desktop.
struct DesktopNames {
  std::string id;  // 16 hex digits
  std::string host_name;
  std::string pool;
};

// The ids of the waivers that name this desktop, in force or not, sorted: part of its profile.
std::vector<std::string> WaiversNaming(const PolicySet& set, const DesktopNames& desktop);

// The waivers of a pool as a whole, and those with these ids.
std::vector<const Waiver*> WaiversFor(const PolicySet& set, std::string_view pool,
                                      const std::vector<std::string>& ids);

// Turns what is noncompliant or conditional, and excused at this time, into waived; the rule keeps
// its sentence. Unknown stays unknown: nobody knows what would be excused. Of several excuses the
// one that ends last counts. Sets valid_until to the next moment at which that may change.
void Waive(std::span<const Waiver* const> waivers, Time at, Verdict& verdict);

// What is wrong with the waivers of a good set at this time: expired, of a rule or pool that the
// set does not have, excusing what another one does.
std::vector<Diagnostic> LintWaivers(const PolicySet& set, Time at);

}  // namespace vdiwatch::policy
