#include "server/fact_tally.h"

#include <algorithm>
#include <array>

#include "report/catalogue.h"

namespace vdiwatch::server {
namespace {

constexpr std::array<std::string_view, 6> kCounted = {
    "platform.kind",        "persistence.verdict", "persistence.declared",
    "persistence.observed", "persistence.basis",   "identity.duplicate"};

}  // namespace

Result<FactTally> TallyFacts(FactIndex& facts, const std::vector<JudgedProfile>& profiles) {
  std::vector<collector::ProfileStanding> reporting;
  for (const JudgedProfile& profile : profiles) {
    if (Reporting(profile.standing) > 0) reporting.push_back(profile.standing);
  }
  FactTally tally;
  for (const std::string_view key : kCounted) {
    ASSIGN_OR_RETURN(auto answers, facts.CountReporting(reporting, *FindFact(key)));
    if (!answers.empty()) tally.emplace(key, std::move(answers));
  }
  return tally;
}

Json FactValuesJson(const FactTally& tally, std::string_view key) {
  Json json = Json::array();
  const auto found = tally.find(key);
  if (found == tally.end()) return json;
  std::vector<std::pair<std::string, std::int64_t>> values(found->second.begin(),
                                                           found->second.end());
  std::ranges::stable_sort(values, std::greater(), [](const auto& entry) { return entry.second; });
  for (const auto& [value, desktops] : values) {
    json.push_back({{"value", value}, {"desktops", desktops}});
  }
  return json;
}

}  // namespace vdiwatch::server
