#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/grade.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {

// How a pool's reporting desktops stand under one rule.
struct RuleTally {
  std::string rule;
  std::shared_ptr<const RuleWords> sample;  // the rule as the worst verdict wrote it; never null
  std::map<policy::Grade, std::int64_t> desktops;
  std::map<std::string, std::int64_t> sentences;  // of failing verdicts -> desktops
  std::map<std::string, std::int64_t> waived;     // likewise, of waived ones
  std::map<std::string, std::int64_t> excuses;    // who waived it -> desktops

  std::int64_t Count(policy::Grade grade) const;
  // The most frequent one, of those that fail before those that are waived; or empty.
  std::string MostFrequentSentence() const;
  std::string MostFrequentExcuse() const;
};

// Pure: profiles times counts, never desktops. The rule that fails worst and most comes first.
std::vector<RuleTally> TallyRules(const std::vector<JudgedProfile>& profiles);

}  // namespace vdiwatch::server
