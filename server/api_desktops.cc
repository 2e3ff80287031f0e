#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/catalogue.h"
#include "server/api_json.h"
#include "server/fact_tally.h"
#include "server/handlers.h"
#include "server/pool_tally.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kDefaultLimit = 50;
constexpr std::int64_t kMaxLimit = 500;

// A query parameter that must be a word of a list; nothing if it is not there.
template <class T>
Result<std::optional<T>> OneOf(const Call& call, std::string_view name,
                               std::optional<T> (*parse)(std::string_view)) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return std::optional<T>();
  const auto value = parse(text);
  if (!value) return Invalid(fmt::format("{} cannot be '{}'", name, Printable(text)));
  return value;
}

Result<std::int64_t> NumberOr(const Call& call, std::string_view name, std::int64_t fallback,
                              std::int64_t least, std::int64_t most) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return fallback;
  const auto number = ParseInteger(text);
  if (number && *number >= least && *number <= most) return *number;
  return Invalid(fmt::format("{} must be a number from {} to {}", name, least, most));
}

// The profiles under which a rule has the wanted grade, in one pool or in all.
Result<std::vector<std::string>> FailingProfiles(const Services& services,
                                                 std::optional<std::int64_t> pool_id,
                                                 std::string_view rule, policy::Grade grade) {
  std::vector<std::int64_t> pools;
  if (pool_id) {
    pools.push_back(*pool_id);
  } else {
    ASSIGN_OR_RETURN(const auto all, services.store.Pools());
    for (const collector::Pool& pool : all) pools.push_back(pool.id);
  }
  std::vector<std::string> digests;
  for (const std::int64_t pool : pools) {
    ASSIGN_OR_RETURN(const auto rows, services.fleet.PoolProfiles(pool));
    for (std::string& digest : ProfilesWhere(rows, rule, grade)) {
      digests.push_back(std::move(digest));
    }
  }
  return digests;
}

Result<void> ReadRuleFilter(const Services& services, const Call& call,
                            collector::DesktopFilter& filter) {
  ASSIGN_OR_RETURN(const auto grade, OneOf(call, "rule_grade", &policy::ParseGrade));
  const std::string_view rule = call.Query("rule");
  if (rule.empty() && !grade) return {};
  if (rule.empty() || !grade) return Invalid("rule and rule_grade go together");
  filter.reporting = true;  // as a pool counts its rules
  ASSIGN_OR_RETURN(filter.profiles, FailingProfiles(services, filter.pool_id, rule, *grade));
  return {};
}

// Of the profiles that the rule filter left, or of all, those in which the fact says so.
Result<void> ReadFactFilter(const Services& services, const Call& call,
                            collector::DesktopFilter& filter) {
  const std::string_view fact = call.Query("fact"), value = call.Query("value");
  if (fact.empty() && value.empty()) return {};
  if (fact.empty() || value.empty()) return Invalid("fact and value go together");
  if (FindFact(fact) == nullptr) {
    return Invalid(fmt::format("there is no fact '{}'", Printable(fact)));
  }
  std::vector<std::string> digests;
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  for (const collector::Pool& pool : pools) {
    if (filter.pool_id && pool.id != *filter.pool_id) continue;
    ASSIGN_OR_RETURN(auto rows, services.fleet.PoolProfiles(pool.id));
    std::erase_if(rows, [&](const collector::ProfileRow& row) {
      return filter.profiles &&
             std::ranges::find(*filter.profiles, row.profile.digest) == filter.profiles->end();
    });
    ASSIGN_OR_RETURN(const auto found, ProfilesWithFact(services.store, rows, fact, value));
    digests.insert(digests.end(), found.begin(), found.end());
  }
  filter.reporting = true;  // as a pool counts its facts
  filter.profiles = std::move(digests);
  return {};
}

Result<collector::DesktopFilter> ReadFilter(const Services& services, const Call& call) {
  collector::DesktopFilter filter;
  if (const std::string_view pool = call.Query("pool"); !pool.empty()) {
    const auto set = services.policy().set;
    ASSIGN_OR_RETURN(const auto summary, FindPool(services.fleet, *set, pool));
    filter.pool_id = summary.pool.id;
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
