#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "collector/store/fleet_index.h"
#include "policy/grade.h"
#include "server/fact_index.h"

namespace vdiwatch::server {

// What a profile's verdict says of one rule.
struct RuleOutcome {
  std::string rule;
  policy::Grade grade = policy::Grade::kUnknown;
  std::string waiver;  // its id, where one excuses it
};

// A profile that desktops have, with what became of each rule; empty before there is a verdict.
struct JudgedProfile {
  collector::ProfileStanding standing;
  std::shared_ptr<const std::vector<RuleOutcome>> outcomes;  // never null
};

// How all profiles stand under all rules. The verdicts' JSON is read once for each verdict and then
// remembered as its outcomes, so that what is asked of every profile of the fleet stays cheap. Any
// thread may call.
class VerdictIndex {
 public:
  explicit VerdictIndex(collector::FleetIndex& index) : index_(index), facts_(index) {}

  Result<std::vector<JudgedProfile>> Profiles();
  FactIndex& facts() { return facts_; }  // the same profiles by what their facts say

 private:
  struct Remembered {
    collector::ProfileStanding::Version version;
    std::shared_ptr<const std::vector<RuleOutcome>> outcomes;
  };

  collector::FleetIndex& index_;
  FactIndex facts_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by raw digest; guarded by mutex_
};

}  // namespace vdiwatch::server
