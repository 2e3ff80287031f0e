#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "report/catalogue.h"
#include "server/api_json.h"
#include "server/handlers.h"
#include "server/query.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kDefaultLimit = 50;
constexpr std::int64_t kMaxLimit = 500;

// The pools that the list is about: the one it asks for, or all that the viewer may see.
Result<std::vector<std::int64_t>> PoolsOf(const Services& services, const Principal& viewer,
                                          std::optional<std::int64_t> pool_id) {
  if (pool_id) return std::vector{*pool_id};
  std::vector<std::int64_t> ids;
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  for (const collector::Pool& pool : pools) {
    if (viewer.MaySee(pool.name)) ids.push_back(pool.id);
  }
  return ids;
}

// The profiles of these pools under which a rule has the wanted grade.
Result<std::vector<std::string>> FailingProfiles(const Services& services,
                                                 const std::vector<std::int64_t>& pools,
                                                 std::string_view rule, policy::Grade grade) {
  const std::unordered_set<std::int64_t> wanted(pools.begin(), pools.end());
  ASSIGN_OR_RETURN(const auto profiles, services.verdicts->Profiles());
  std::vector<std::string> digests;
  for (const JudgedProfile& profile : profiles) {
    if (!wanted.contains(profile.standing.pool_id)) continue;
    const auto outcome = std::ranges::find(*profile.outcomes, rule, &RuleOutcome::rule);
    if (outcome == profile.outcomes->end() || outcome->grade != grade) continue;
    digests.push_back(profile.standing.profile);
  }
  return digests;
}

// A rule of the policy in force, or of verdicts that are older than it.
Result<void> RequireRule(const Services& services, std::string_view rule) {
  if (services.policy().set->FindRule(rule) != nullptr) return {};
  ASSIGN_OR_RETURN(const auto profiles, services.verdicts->Profiles());
  const bool known = std::ranges::any_of(profiles, [&](const JudgedProfile& profile) {
    return std::ranges::find(*profile.outcomes, rule, &RuleOutcome::rule) !=
           profile.outcomes->end();
  });
  if (known) return {};
  return NotFound("There is no rule '" + Printable(rule, 80) + "'.");
}

Result<void> ReadRuleFilter(const Services& services, const Call& call,
                            collector::DesktopFilter& filter) {
  ASSIGN_OR_RETURN(const auto grade, OneOf(call, "rule_grade", &policy::ParseGrade));
  const std::string_view rule = call.Query("rule");
  if (rule.empty() && !grade) return {};
  if (rule.empty() || !grade) return Invalid("rule and rule_grade go together");
  RETURN_IF_ERROR(RequireRule(services, rule));
  filter.reporting = true;  // as a pool counts its rules
  ASSIGN_OR_RETURN(const auto pools, PoolsOf(services, *call.principal, filter.pool_id));
  ASSIGN_OR_RETURN(filter.profiles, FailingProfiles(services, pools, rule, *grade));
  return {};
}

// Of the profiles that the rule filter left, or of all, those in which the fact says so.
Result<void> ReadFactFilter(const Services& services, const Call& call,
                            collector::DesktopFilter& filter) {
  const std::string_view fact = call.Query("fact"), value = call.Query("value");
  if (fact.empty() && value.empty()) return {};
  if (fact.empty() || value.empty()) return Invalid("fact and value go together");
  const FactSpec* spec = FindFact(fact);
  if (spec == nullptr) return Invalid(fmt::format("there is no fact '{}'", Printable(fact)));
  ASSIGN_OR_RETURN(const auto pools, PoolsOf(services, *call.principal, filter.pool_id));
  ASSIGN_OR_RETURN(auto digests, services.verdicts->facts().ProfilesWith(pools, *spec, value));
  if (filter.profiles) {
    const std::unordered_set<std::string_view> kept(filter.profiles->begin(),
                                                    filter.profiles->end());
    std::erase_if(digests, [&](const std::string& digest) { return !kept.contains(digest); });
  }
  filter.reporting = true;  // as a pool counts its facts
  filter.profiles = std::move(digests);
  return {};
}

Result<collector::DesktopFilter> ReadFilter(const Services& services, const Call& call) {
  collector::DesktopFilter filter;
  if (const std::string_view pool = call.Query("pool"); !pool.empty()) {
    const auto set = services.policy().set;
    ASSIGN_OR_RETURN(const auto summary, FindPool(*services.index, *set, *call.principal, pool));
    filter.pool_id = summary.pool.id;
  } else if (!call.principal->sees_all()) {
    ASSIGN_OR_RETURN(filter.pool_ids, PoolsOf(services, *call.principal, {}));
  }
  ASSIGN_OR_RETURN(filter.grade, OneOf(call, "grade", &policy::ParseGrade));
  ASSIGN_OR_RETURN(filter.presence, OneOf(call, "presence", &collector::ParsePresence));
  RETURN_IF_ERROR(ReadRuleFilter(services, call, filter));
  RETURN_IF_ERROR(ReadFactFilter(services, call, filter));
  filter.search = Trim(call.Query("q"));
  if (const std::string_view cursor = call.Query("cursor"); !cursor.empty()) {
    const auto after = collector::ParseIdText(cursor);
    if (!after) return Invalid("cursor is not one that this list gave");
    filter.after = *after;
  }
  ASSIGN_OR_RETURN(filter.limit, NumberOr(call, "limit", kDefaultLimit, 1, kMaxLimit));
  return filter;
}

}  // namespace

Result<HttpResponse> ListDesktops(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(collector::DesktopFilter filter, ReadFilter(services, call));
  const auto limit = static_cast<std::size_t>(filter.limit);
  ++filter.limit;  // one more tells whether there is a next page
  ASSIGN_OR_RETURN(auto found, services.fleet.Desktops(filter));
  Json next = nullptr;
  if (found.size() > limit) {
    found.resize(limit);
    next = collector::IdText(found.back().desktop.id);
  }
  Json desktops = Json::array();
  for (const collector::DesktopSummary& summary : found) desktops.push_back(DesktopJson(summary));
  return JsonResponse({{"desktops", std::move(desktops)}, {"next_cursor", std::move(next)}});
}

}  // namespace vdiwatch::server
