#include "collector/store/trend_store.h"
#include "server/api_json.h"
#include "server/handlers_reads.h"
#include "server/query.h"
#include "server/trend_json.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kFewPools = 20;  // whose own rows are read sooner than whole days

// Days of several pools, which come pool by pool, as days of a fleet.
std::vector<collector::FleetDay> Together(const std::vector<collector::PoolDay>& pool_days) {
  std::map<Time, collector::FleetDay> days;
  for (const collector::PoolDay& pool : pool_days) {
    collector::FleetDay& day = days[pool.day];
    day.day = pool.day;
    day.reporting += pool.reporting;
    ++day.pools[pool.grade];
    for (const auto& [grade, count] : pool.desktops) day.desktops[grade] += count;
  }
  std::vector<collector::FleetDay> sorted;
  for (auto& [at, day] : days) sorted.push_back(std::move(day));
  return sorted;
}

Json PointJson(const collector::FleetDay& day) {
  std::int64_t total = 0;
  for (const auto& [grade, count] : day.desktops) total += count;
  return {{"day", DateText(day.day)},
          {"total", total},
          {"reporting", day.reporting},
          {"desktops", CountsJson(day.desktops)},
          {"pools", CountsJson(day.pools)}};
}

// Today as it is now, not as it was written down last.
collector::FleetDay Today(const std::vector<collector::PoolSummary>& summaries, Time now) {
  std::vector<collector::PoolDay> pools;
  for (const collector::PoolSummary& summary : summaries) {
    pools.push_back(DayOfPool(summary, collector::DayOf(now)));
  }
  auto days = Together(pools);
  return days.empty() ? collector::FleetDay{collector::DayOf(now), 0, {}, {}} : days.front();
}

Result<std::vector<collector::FleetDay>> DaysOf(
    const Services& services, const std::vector<collector::PoolSummary>& summaries, bool all,
    Time from) {
  if (all) return services.trends->FleetDays(from);
  std::vector<std::int64_t> ids;
  for (const collector::PoolSummary& summary : summaries) {
    if (summary.pool.id != 0) ids.push_back(summary.pool.id);
  }
  if (ids.size() > kFewPools) return services.trends->DaysTogether(std::move(ids), from);
  ASSIGN_OR_RETURN(const auto days, services.trends->PoolDays(ids, from));
  return Together(days);
}

}  // namespace

Result<HttpResponse> ShowTrends(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto days, NumberOr(call, "days", 30, 1, 400));
  const Time now = services.clock.Now();
  const Time today = collector::DayOf(now);
  const std::string_view pool = call.Query("pool");
  const auto set = services.policy().set;
  std::vector<collector::PoolSummary> summaries;
  if (pool.empty()) {
    ASSIGN_OR_RETURN(summaries, VisiblePools(services.fleet, *set, *call.principal));
  } else {
    ASSIGN_OR_RETURN(auto one, FindPool(*services.index, *set, *call.principal, pool));
    summaries.push_back(std::move(one));
  }
  const bool all = pool.empty() && call.principal->sees_all();
  const Time from = today - Seconds((days - 1) * 86'400);
  ASSIGN_OR_RETURN(const auto written, DaysOf(services, summaries, all, from));
  Json points = Json::array();
  for (const collector::FleetDay& day : written) {
    if (day.day < today) points.push_back(PointJson(day));
  }
  points.push_back(PointJson(Today(summaries, now)));
  return JsonResponse({{"days", days},
                       {"from", DateText(from)},
                       {"pool", pool.empty() ? Json(nullptr) : Json(pool)},
                       {"points", std::move(points)}});
}

}  // namespace vdiwatch::server
