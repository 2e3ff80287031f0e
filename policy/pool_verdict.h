#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/policy_set.h"

namespace vdiwatch::policy {

// How many of the listed members have a desktop here, and how many of those report.
struct ListedMembers {
  std::int64_t known = 0;
  std::int64_t reporting = 0;
};

// How many desktops of a pool stand where. `grades` counts reporting desktops (live or off) by the
// grade of their verdict; stale ones are counted apart and weigh as unknown.
struct PoolCounts {
  std::int64_t desktops = 0;   // all that are not retired
  std::int64_t reporting = 0;  // live or off
  std::int64_t stale = 0;
  std::map<Grade, std::int64_t> grades;
  std::map<std::string, std::map<Grade, std::int64_t>, std::less<>> rules;  // rule id -> grade -> n
  // What desktops were found to be, by the name of the alert's cause (policy/alert_causes.h).
  std::map<std::string, std::int64_t, std::less<>> findings;
  std::optional<ListedMembers> listed;  // where the pool's expected members are a list
  // rule id -> grade -> the sentence that most of those desktops are told; may be left out.
  std::map<std::string, std::map<Grade, std::string>, std::less<>> whys;
};

// What was decided before; the verdict is a function of it, the counts and the time.
struct PoolState {
  Grade grade = Grade::kUnknown;
  Time since{};
  // Shares that reached their `enter` and wait for its `for`: since when, by the rule whose
  // threshold it is; "" is the pool's own.
  std::map<std::string, Time, std::less<>> pending;
  bool operator==(const PoolState&) const = default;
};

// Why, by weight: the rule that fails on most desktops first.
struct PoolReason {
  std::string rule;  // empty for reasons that are not a rule's (coverage, unknown share)
  Grade grade = Grade::kNoncompliant;
  std::int64_t desktops = 0;
  std::string text;  // "38 of 40 desktops: … "
};

struct PoolVerdict {
  PoolState state;
  std::vector<PoolReason> reasons;
};

// Pure. Titles for the reasons come from the set's rules.
PoolVerdict JudgePool(const PolicySet& set, const PoolSpec& pool, const PoolCounts& counts,
                      const std::optional<PoolState>& previous, Time now);

}  // namespace vdiwatch::policy
