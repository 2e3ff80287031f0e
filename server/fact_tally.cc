#include "server/fact_tally.h"

#include <algorithm>
#include <array>

#include "collector/profile.h"
#include "server/pool_tally.h"

namespace vdiwatch::server {
namespace {

constexpr std::array<std::string_view, 6> kCounted = {
    "platform.kind",        "persistence.verdict", "persistence.declared",
    "persistence.observed", "persistence.basis",   "identity.duplicate"};

Result<Facts> FactsOf(collector::Store& store, const collector::ProfileRow& row) {
  ASSIGN_OR_RETURN(const auto fact_set, store.FactSet(row.profile.facts_digest));
  return collector::ProfileFacts(row.profile, fact_set);
}

}  // namespace

Result<FactTally> TallyFacts(collector::Store& store,
                             const std::vector<collector::ProfileRow>& profiles) {
  FactTally tally;
  for (const collector::ProfileRow& row : profiles) {
    const std::int64_t desktops = Reporting(row);
    if (desktops == 0) continue;
    ASSIGN_OR_RETURN(const Facts facts, FactsOf(store, row));
    for (const std::string_view key : kCounted) {
      tally[std::string(key)][Describe(FactOf(facts, key))] += desktops;
    }
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
