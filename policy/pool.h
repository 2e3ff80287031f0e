#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/grade.h"
#include "policy/rule.h"

namespace vdiwatch::policy {

// What a pool is for; a pool that never runs Docker Desktop is shown and not alerted.
enum class Docker { kRequired, kAllowed, kNone };
std::string_view ToString(Docker docker);
std::optional<Docker> ParseDocker(std::string_view text);

// When a pool turns noncompliant and when it turns back. Shares are percent of the reporting
// desktops (live ones and those that are off; stale ones count as unknown).
struct Thresholds {
  double enter = 10;     // noncompliant at >= this share …
  Seconds enter_for{0};  // … for this long
  double leave = 5;      // and back at <= this share
  std::int64_t minimum_reporting = 1;
  double maximum_unknown = 20;  // over this share: unknown
  double minimum_coverage = 0;  // reporting / expected members below this: unknown
};

// A pool as the policy describes it. Pools that only a token or a broker named have the defaults.
struct PoolSpec {
  std::string name;
  Docker docker = Docker::kAllowed;
  std::map<std::string, std::string, std::less<>> attributes;  // license, owner, site, …
  std::optional<Condition> match;  // of the desktops that belong here, whatever their token says
  std::optional<std::int64_t> expected_members;
  std::vector<std::string> expected_hosts;  // where they are a list: lower case, sorted
  Thresholds thresholds;
  std::map<std::string, Thresholds, std::less<>> rule_thresholds;  // rule id -> its own
  Seconds stale_after{2 * 60 * 60};
  Seconds retire_after{30 * 24 * 60 * 60};
};

}  // namespace vdiwatch::policy
