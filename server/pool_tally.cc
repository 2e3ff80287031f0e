#include "server/pool_tally.h"

#include <algorithm>
#include <tuple>

#include "server/stored_verdict.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

void Add(RuleTally& tally, const RuleOutcome& outcome, std::int64_t desktops) {
  if (tally.sample == nullptr) tally.sample = outcome.words;
  if (Fails(outcome.grade)) {
    tally.sentences[outcome.words->why] += desktops;
    tally.sample = outcome.words;  // only a failing one has a remediation worth showing
  }
  if (outcome.grade == Grade::kWaived) {
    tally.waived[outcome.words->why] += desktops;
    tally.excuses[outcome.words->excuse] += desktops;
  }
  tally.desktops[outcome.grade] += desktops;
}

std::string MostFrequent(const std::map<std::string, std::int64_t>& texts) {
  const auto most =
      std::ranges::max_element(texts, {}, [](const auto& entry) { return entry.second; });
  return most == texts.end() ? "" : most->first;
}

}  // namespace

std::int64_t RuleTally::Count(Grade grade) const {
  const auto found = desktops.find(grade);
  return found == desktops.end() ? 0 : found->second;
}

std::string RuleTally::MostFrequentSentence() const {
  return MostFrequent(sentences.empty() ? waived : sentences);
}

std::string RuleTally::MostFrequentExcuse() const { return MostFrequent(excuses); }

std::vector<RuleTally> TallyRules(const std::vector<JudgedProfile>& profiles) {
  std::map<std::string, RuleTally> by_rule;
  for (const JudgedProfile& profile : profiles) {
    const std::int64_t desktops = Reporting(profile.standing);
    if (desktops == 0) continue;
    for (const RuleOutcome& outcome : *profile.outcomes) {
      Add(by_rule[outcome.rule], outcome, desktops);
    }
  }
  std::vector<RuleTally> tallies;
  for (auto& [rule, tally] : by_rule) {
    tally.rule = rule;
    tallies.push_back(std::move(tally));
  }
  // What is only shown comes after what counts. std::map gave them by id; equal ones stay so.
  std::ranges::stable_sort(tallies, std::greater(), [](const RuleTally& tally) {
    return std::tuple(tally.sample->severity != "info", tally.Count(Grade::kNoncompliant),
                      tally.Count(Grade::kUnknown), tally.Count(Grade::kConditional),
                      tally.Count(Grade::kWaived));
  });
  return tallies;
}

}  // namespace vdiwatch::server
