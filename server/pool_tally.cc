#include "server/pool_tally.h"

#include <algorithm>
#include <tuple>

#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

bool Fails(Grade grade) {
  return grade == Grade::kNoncompliant || grade == Grade::kUnknown || grade == Grade::kConditional;
}

// Calls visit(rule JSON, grade) for each rule of a stored verdict.
template <class Visit>
void ForEachRule(const collector::ProfileRow& profile, Visit visit) {
  const Json verdict = StoredJson(profile.verdict.verdict);
  if (!verdict.is_object()) return;
  for (const Json& rule : verdict.value("rules", Json::array())) {
    if (const auto grade = policy::ParseGrade(rule.value("grade", ""))) visit(rule, *grade);
  }
}

void Add(RuleTally& tally, const Json& rule, Grade grade, std::int64_t desktops) {
  if (tally.sample.is_null()) tally.sample = rule;
  if (Fails(grade)) {
    tally.sentences[rule.value("why", "")] += desktops;
    tally.sample = rule;  // only a failing one has a remediation worth showing
  }
  if (grade == Grade::kWaived) {
    tally.waived[rule.value("why", "")] += desktops;
    tally.excuses[rule.value("waiver", Json::object()).value("text", "")] += desktops;
  }
  tally.desktops[grade] += desktops;
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

std::vector<RuleTally> TallyRules(const std::vector<collector::ProfileRow>& profiles) {
  std::map<std::string, RuleTally> by_rule;
  for (const collector::ProfileRow& profile : profiles) {
    const std::int64_t desktops = Reporting(profile);
    if (desktops == 0) continue;
    ForEachRule(profile, [&](const Json& rule, Grade grade) {
      Add(by_rule[rule.value("id", "")], rule, grade, desktops);
    });
  }
  std::vector<RuleTally> tallies;
  for (auto& [rule, tally] : by_rule) {
    tally.rule = rule;
    tallies.push_back(std::move(tally));
  }
  // What is only shown comes after what counts. std::map gave them by id; equal ones stay so.
  std::ranges::stable_sort(tallies, std::greater(), [](const RuleTally& tally) {
    return std::tuple(tally.sample.value("severity", "") != "info",
                      tally.Count(Grade::kNoncompliant), tally.Count(Grade::kUnknown),
                      tally.Count(Grade::kConditional), tally.Count(Grade::kWaived));
  });
  return tallies;
}

std::int64_t Reporting(const collector::ProfileRow& profile) {
  std::int64_t count = 0;
  for (const auto& [presence, desktops] : profile.desktops) {
    if (presence == collector::Presence::kLive || presence == collector::Presence::kOff) {
      count += desktops;
    }
  }
  return count;
}

}  // namespace vdiwatch::server
