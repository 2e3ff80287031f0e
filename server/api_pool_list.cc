#include <algorithm>

#include "base/text.h"
#include "collector/store/trend_store.h"
#include "server/api_json.h"
#include "server/handlers.h"
#include "server/pool_specs.h"
#include "server/query.h"
#include "server/trend_json.h"

namespace vdiwatch::server {
namespace {

using collector::PoolSummary;
using policy::Grade;

bool Mentions(std::string_view text, std::string_view lower_case_word) {
  return ToLower(text).find(lower_case_word) != std::string::npos;
}

// Whether the search word is in the pool's name or one of its attributes.
bool Found(std::string_view name, const policy::PoolSpec& spec, std::string_view word) {
  const std::string lower = ToLower(Trim(word));
  if (lower.empty() || Mentions(name, lower)) return true;
  return std::ranges::any_of(spec.attributes,
                             [&](const auto& entry) { return Mentions(entry.second, lower); });
}

// Ascending; pools that are equal stand by their names.
struct Order {
  std::string_view name;
  std::int64_t (*key)(const PoolSummary& summary);
};
constexpr Order kOrders[] = {
    {"worst", [](const PoolSummary& s) { return -std::int64_t{Badness(GradeOf(s))}; }},
    {"name", [](const PoolSummary&) { return std::int64_t{0}; }},
    {"desktops", [](const PoolSummary& s) { return s.desktops; }},
    {"-desktops", [](const PoolSummary& s) { return -s.desktops; }},
    {"-noncompliant", [](const PoolSummary& s) { return -GradeCount(s, Grade::kNoncompliant); }},
    {"-unknown", [](const PoolSummary& s) { return -GradeCount(s, Grade::kUnknown); }},
    {"-stale", [](const PoolSummary& s) { return -s.stale; }},
    // Pools that were never judged have been so the longest.
    {"since", [](const PoolSummary& s) { return s.pool.state ? ToUnix(s.pool.state->since) : 0; }},
    {"-since",
     [](const PoolSummary& s) { return s.pool.state ? -ToUnix(s.pool.state->since) : 0; }},
};

Result<void> Sort(const Call& call, std::vector<PoolSummary>& by_name) {
  const std::string_view wanted = call.Query("sort").empty() ? "worst" : call.Query("sort");
  const auto order = std::ranges::find(kOrders, wanted, &Order::name);
  if (order == std::end(kOrders)) {
    return Invalid(fmt::format("sort cannot be '{}'", Printable(wanted)));
  }
  std::ranges::stable_sort(by_name, {}, order->key);
  return {};
}

// What stands behind the pool that the cursor names. It is looked for in the whole list, so that a
// page goes on where the last one ended even if that pool is filtered out by now.
Result<void> GoOnBehind(std::string_view cursor, std::vector<PoolSummary>& pools) {
  if (cursor.empty()) return {};
  const auto last = std::ranges::find_if(
      pools, [&](const PoolSummary& summary) { return summary.pool.name == cursor; });
  if (last == pools.end()) return Invalid("cursor is not one that this list gave");
  pools.erase(pools.begin(), last + 1);
  return {};
}

// Adds the last days of each of these pools.
Result<void> AddTrends(const Services& services, std::int64_t days,
                       const std::vector<std::int64_t>& ids, Json& pools) {
  const Time from = services.clock.Now() - Seconds((days - 1) * 86'400);
  ASSIGN_OR_RETURN(const auto found, services.trends->PoolDays(ids, from));
  std::map<std::string, Json> trends;
  for (const collector::PoolDay& day : found) {
    trends[day.pool].push_back({{"day", DateText(day.day)},
                                {"grade", policy::ToString(day.grade)},
                                {"reporting", day.reporting},
                                {"desktops", CountsJson(day.desktops)}});
  }
  for (Json& pool : pools) {
    Json& trend = trends[pool["name"]];
    pool["trend"] = trend.is_null() ? Json::array() : std::move(trend);
  }
  return {};
}

}  // namespace

Result<HttpResponse> ListPools(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto grade, OneOf(call, "grade", &policy::ParseGrade));
  ASSIGN_OR_RETURN(const auto limit, NumberOr(call, "limit", 500, 1, 1000));
  ASSIGN_OR_RETURN(const auto days, NumberOr(call, "trend", 0, 1, 90));
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(auto summaries, VisiblePools(services.fleet, *set, *call.principal));
  RETURN_IF_ERROR(Sort(call, summaries));
  RETURN_IF_ERROR(GoOnBehind(call.Query("cursor"), summaries));
  Json pools = Json::array();
  Json next = nullptr;
  std::vector<std::int64_t> ids;
  const PoolSpecs specs(*set);
  for (const PoolSummary& summary : summaries) {
    const policy::PoolSpec& spec = specs.Named(summary.pool.name);
    if (grade && GradeOf(summary) != *grade) continue;
    if (!Found(summary.pool.name, spec, call.Query("q"))) continue;
    if (std::ssize(pools) == limit) {
      next = pools.back()["name"];
      break;
    }
    pools.push_back(PoolJson(summary, spec));
    if (summary.pool.id != 0) ids.push_back(summary.pool.id);
  }
  if (days > 0) RETURN_IF_ERROR(AddTrends(services, days, ids, pools));
  return JsonResponse({{"pools", std::move(pools)}, {"next_cursor", std::move(next)}});
}

}  // namespace vdiwatch::server
