#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "collector/store/fleet_index.h"
#include "policy/grade.h"
#include "server/fact_index.h"

namespace vdiwatch::server {

// What a verdict says of a rule, in words. Most verdicts say the same, so it is kept once.
struct RuleWords {
  std::string title, severity, url, remediation, contact, why;
  std::string excuse;  // of the waiver, where one excuses it
  auto operator<=>(const RuleWords&) const = default;
};

// What a profile's verdict says of one rule.
struct RuleOutcome {
  std::string rule;
  policy::Grade grade = policy::Grade::kUnknown;
  std::string waiver;                      // its id, where one excuses it
  std::shared_ptr<const RuleWords> words;  // never null
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
  Result<std::vector<JudgedProfile>> ProfilesOf(std::int64_t pool_id);  // of this pool alone
  FactIndex& facts() { return facts_; }  // the same profiles by what their facts say

 private:
  using Outcomes = std::shared_ptr<const std::vector<RuleOutcome>>;
  struct Remembered {
    collector::ProfileStanding::Version version;
    Outcomes outcomes;
  };
  struct ByWords {
    bool operator()(const auto& a, const auto& b) const { return *a < *b; }
  };

  Result<void> Remember(const std::vector<collector::ProfileStanding>& standings);
  void ForgetOthers(const std::vector<collector::ProfileStanding>& standings);
  Outcomes OutcomesOf(std::string_view verdict_text);
  std::vector<JudgedProfile> Judged(std::vector<collector::ProfileStanding> standings) const;

  collector::FleetIndex& index_;
  FactIndex facts_;
  std::mutex mutex_;                                        // guards what follows
  std::unordered_map<std::string, Remembered> remembered_;  // by raw digest
  std::set<std::shared_ptr<const RuleWords>, ByWords> words_;
};

}  // namespace vdiwatch::server
