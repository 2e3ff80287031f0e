#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "report/fact_set.h"
#include "server/api_json.h"
#include "server/handlers_reads.h"
#include "server/query.h"
#include "server/trend_json.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;
using Counts = std::map<Grade, std::int64_t>;

struct FoundRule {
  const policy::Pack* pack = nullptr;
  const policy::Rule* rule = nullptr;
};

Result<FoundRule> FindRule(const policy::PolicySet& set, std::string_view id) {
  for (const policy::Pack& pack : set.packs) {
    for (const policy::Rule& rule : pack.rules) {
      if (rule.id == id) return FoundRule{&pack, &rule};
    }
  }
  return NotFound("There is no rule '" + Printable(id) + "' in force.");
}

std::int64_t CountOf(const Counts& counts, Grade grade) {
  const auto found = counts.find(grade);
  return found == counts.end() ? 0 : found->second;
}

// The reporting desktops of each pool by what the rule says of them.
std::map<std::int64_t, Counts> CountByPool(const std::vector<JudgedProfile>& profiles,
                                           std::string_view rule) {
  std::map<std::int64_t, Counts> pools;
  for (const JudgedProfile& profile : profiles) {
    const auto outcome = std::ranges::find(*profile.outcomes, rule, &RuleOutcome::rule);
    const std::int64_t desktops = Reporting(profile.standing);
    if (outcome == profile.outcomes->end() || desktops == 0) continue;
    pools[profile.standing.pool_id][outcome->grade] += desktops;
  }
  return pools;
}

struct PoolCounts {
  std::string pool;
  Counts counts;
};

// Those that the viewer may see, where it fails most first.
Result<std::vector<PoolCounts>> PoolsUnder(const Services& services, const Call& call,
                                           std::string_view rule) {
  ASSIGN_OR_RETURN(const auto profiles, services.verdicts->Profiles());
  auto by_pool = CountByPool(profiles, rule);
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  std::vector<PoolCounts> seen;
  for (const collector::Pool& pool : pools) {
    const auto found = by_pool.find(pool.id);
    if (found == by_pool.end() || !call.principal->MaySee(pool.name)) continue;
    seen.push_back({pool.name, std::move(found->second)});
  }
  std::ranges::sort(seen, {}, [](const PoolCounts& one) {
    return std::tuple(-CountOf(one.counts, Grade::kNoncompliant),
                      -CountOf(one.counts, Grade::kUnknown),
                      -CountOf(one.counts, Grade::kConditional), one.pool);
  });
  return seen;
}

Json PackWithTotals(const policy::Pack& pack) {
  Json json = PackJson(pack);
  json["rules"] = pack.rules.size();
  std::size_t tests = 0;
  for (const policy::Rule& rule : pack.rules) tests += rule.tests.size();
  json["tests"] = tests;
  json["file"] = pack.file;
  json["statements"] = Json::array();
  for (const policy::Statement& statement : pack.statements) {
    json["statements"].push_back({{"section", statement.section},
                                  {"says", statement.says},
                                  {"rules", statement.rules},
                                  {"no_rule", statement.no_rule}});
  }
  return json;
}

Json TestJson(const policy::RuleTest& test) {
  Json pool = Json::object();
  for (const auto& [attribute, value] : test.pool) pool[attribute] = value;
  return {{"name", test.name},
          {"facts", FactsToJson(test.facts, Sources::kLeaveOut)},
          {"pool", std::move(pool)},
          {"expect", policy::ToString(test.expect)}};
}

Json WholeRule(const FoundRule& found) {
  const policy::Rule& rule = *found.rule;
  Json json = RuleJson(rule);
  json["expects"] = rule.expects;
  json["unknown_counts"] = rule.unknown_counts;
  json["pack"] = PackJson(*found.pack);
  json["exceptions"] = Json::array();
  for (const policy::Exception& exception : rule.conditions) {
    json["exceptions"].push_back(
        {{"grade", policy::ToString(exception.grade)}, {"because", exception.because}});
  }
  json["tests"] = Json::array();
  for (const policy::RuleTest& test : rule.tests) json["tests"].push_back(TestJson(test));
  return json;
}

}  // namespace

Result<HttpResponse> ListPacks(const Services& services, const Call&) {
  const auto set = services.policy().set;
  Json packs = Json::array();
  for (const policy::Pack& pack : set->packs) packs.push_back(PackWithTotals(pack));
  return JsonResponse({{"digest", set->digest}, {"packs", std::move(packs)}});
}

Result<HttpResponse> ShowRule(const Services& services, const Call& call) {
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(const FoundRule found, FindRule(*set, call.parameter));
  ASSIGN_OR_RETURN(const auto limit, NumberOr(call, "limit", 50, 1, 500));
  ASSIGN_OR_RETURN(const auto pools, PoolsUnder(services, call, found.rule->id));
  const std::string_view cursor = call.Query("cursor");
  auto from = pools.begin();
  if (!cursor.empty()) {
    from = std::ranges::find(pools, cursor, &PoolCounts::pool);
    if (from == pools.end()) return Invalid("cursor is not one that this list gave");
    ++from;
  }
  Counts all;
  for (const PoolCounts& one : pools) {
    for (const auto& [grade, count] : one.counts) all[grade] += count;
  }
  Json json = WholeRule(found);
  json["desktops"] = CountsJson(all);
  json["pools"] = Json::array();
  const auto end = pools.end() - from > limit ? from + limit : pools.end();
  for (auto one = from; one != end; ++one) {
    json["pools"].push_back({{"pool", one->pool}, {"desktops", CountsJson(one->counts)}});
  }
  json["next_cursor"] = end == pools.end() ? Json(nullptr) : Json((end - 1)->pool);
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
