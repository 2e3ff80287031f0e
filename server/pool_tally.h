#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "collector/store/reader.h"
#include "policy/grade.h"

namespace vdiwatch::server {

// How a pool's reporting desktops stand under one rule.
struct RuleTally {
  std::string rule;
  Json sample;  // the rule as the worst verdict wrote it
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
std::vector<RuleTally> TallyRules(const std::vector<collector::ProfileRow>& profiles);

// Live and off ones.
std::int64_t Reporting(const collector::ProfileRow& profile);

}  // namespace vdiwatch::server
