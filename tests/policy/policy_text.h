#pragma once

#include <string>
#include <string_view>

#include "policy/policy_set.h"

namespace vdiwatch::policy {

// The set in `text`, which must be good.
PolicySet GoodSet(std::string_view text);

// A pack of one rule `r`; `body` is its further keys, each line indented by four blanks.
std::string PackOf(std::string_view body);
Rule RuleOf(std::string_view body);

// What lint says about the files on 2026-11-22 at noon, one a line.
std::string MistakesIn(const std::vector<PolicyFile>& files);
std::string MistakesIn(std::string_view text);

}  // namespace vdiwatch::policy
