#include <algorithm>

#include "base/text.h"
#include "collector/store/fleet_index.h"
#include "server/api_json.h"
#include "server/handlers_reads.h"
#include "server/pool_specs.h"
#include "server/query.h"

namespace vdiwatch::server {
namespace {

bool Mentions(std::string_view text, std::string_view lower_case_word) {
  return ToLower(text).find(lower_case_word) != std::string::npos;
}

// Names that begin with the word come before those that hold it elsewhere.
template <class T, class Name>
void BeginningFirst(std::vector<T>& found, std::string_view word, Name name) {
  std::ranges::stable_partition(found,
                                [&](const T& one) { return ToLower(name(one)).starts_with(word); });
}

Json PoolsJson(std::vector<collector::PoolSummary> pools, const policy::PolicySet& set,
               std::string_view word, std::size_t limit) {
  const PoolSpecs specs(set);
  std::erase_if(pools, [&](const collector::PoolSummary& summary) {
    if (Mentions(summary.pool.name, word)) return false;
    const auto& attributes = specs.Named(summary.pool.name).attributes;
    return std::ranges::none_of(attributes,
                                [&](const auto& entry) { return Mentions(entry.second, word); });
  });
  BeginningFirst(pools, word, [](const auto& summary) { return summary.pool.name; });
  Json json = Json::array();
  for (const collector::PoolSummary& summary : pools) {
    if (json.size() == limit) break;
    json.push_back({{"name", summary.pool.name},
                    {"grade", policy::ToString(GradeOf(summary))},
                    {"desktops", summary.desktops}});
  }
  return json;
}

Json RulesJson(const policy::PolicySet& set, std::string_view word, std::size_t limit) {
  std::vector<std::pair<const policy::Pack*, const policy::Rule*>> rules;
  for (const policy::Pack& pack : set.packs) {
    for (const policy::Rule& rule : pack.rules) {
      if (Mentions(rule.id, word) || Mentions(rule.title, word)) rules.push_back({&pack, &rule});
    }
  }
  BeginningFirst(rules, word, [](const auto& found) { return found.second->id; });
  Json json = Json::array();
  for (const auto& [pack, rule] : rules) {
    if (json.size() == limit) break;
    json.push_back({{"id", rule->id},
                    {"title", rule->title},
                    {"severity", policy::ToString(rule->severity)},
                    {"pack", pack->name}});
  }
  return json;
}

// By the beginning of the host name, or by the whole id.
Result<Json> DesktopsJson(const Services& services, const Call& call,
                          const std::vector<collector::PoolSummary>& pools, std::string_view word,
                          std::int64_t limit) {
  std::optional<std::vector<std::int64_t>> ids;
  if (!call.principal->sees_all()) {
    ids.emplace();
    for (const collector::PoolSummary& summary : pools) ids->push_back(summary.pool.id);
  }
  ASSIGN_OR_RETURN(auto found, services.index->HostsFrom(word, ids, limit));
  if (const auto id = collector::ParseIdText(word)) {
    auto by_id = services.fleet.DesktopById(*id);
    if (by_id && call.principal->MaySee(by_id->pool)) found.insert(found.begin(), *by_id);
  }
  Json json = Json::array();
  for (const collector::DesktopSummary& desktop : found) {
    json.push_back({{"id", collector::IdText(desktop.desktop.id)},
                    {"host_name", desktop.desktop.claims.host_name},
                    {"pool", desktop.pool},
                    {"grade", policy::ToString(GradeOf(desktop))},
                    {"presence", collector::ToString(desktop.desktop.presence)}});
  }
  return json;
}

}  // namespace

Result<HttpResponse> Search(const Services& services, const Call& call) {
  const std::string word = ToLower(Trim(call.Query("q")));
  if (word.empty()) return Invalid("q must be what to search for");
  ASSIGN_OR_RETURN(const auto limit, NumberOr(call, "limit", 8, 1, 50));
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(auto pools, VisiblePools(services.fleet, *set, *call.principal));
  ASSIGN_OR_RETURN(Json desktops, DesktopsJson(services, call, pools, word, limit));
  const auto most = static_cast<std::size_t>(limit);
  return JsonResponse({{"q", Trim(call.Query("q"))},
                       {"pools", PoolsJson(std::move(pools), *set, word, most)},
                       {"desktops", std::move(desktops)},
                       {"rules", RulesJson(*set, word, most)}});
}

}  // namespace vdiwatch::server
