#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "collector/store/report_reader.h"
#include "policy/policy_set.h"
#include "server/compliance/report.h"

namespace vdiwatch::server::compliance {

inline constexpr std::int64_t kMostExceptions = 100'000;

// What a report is asked for.
struct Question {
  Scope scope;
  Time as_of{};
  Time now{};
  Time oldest{};           // how far back the store keeps all of its history
  std::int64_t limit = 0;  // of the exceptions that are listed
  // The set in force now, which saves reading it anew; may be null.
  std::shared_ptr<const policy::PolicySet> in_force = nullptr;
  std::function<bool(const std::string&)> may_see = {};  // pools, by name; none: all
};

// Reads the fleet as it stood, judges its profiles by the policy of that time, and builds the
// report. Costs a look at each profile, one at each listed exception and one at each move since;
// counts come from the profiles' counts. Invalid: older than the history. not_found: nothing was
// in force then, or no such pool.
Result<Report> MakeReport(collector::ReportReader& reader, const Question& question);

}  // namespace vdiwatch::server::compliance
