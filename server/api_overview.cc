#include "server/api_json.h"
#include "server/handlers.h"
#include "server/negotiate.h"
#include "server/trend_json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

constexpr Grade kAll[] = {Grade::kCompliant,    Grade::kConditional, Grade::kUnknown,
                          Grade::kNoncompliant, Grade::kWaived,      Grade::kNotApplicable};

struct FleetTotals {
  std::int64_t desktops = 0, live = 0, off = 0, stale = 0, unjudged = 0;
  std::map<Grade, std::int64_t> pools, grades;
};

FleetTotals Total(const std::vector<collector::PoolSummary>& summaries) {
  FleetTotals totals;
  for (const collector::PoolSummary& summary : summaries) {
    totals.desktops += summary.desktops;
    totals.live += summary.live;
    totals.off += summary.off;
    totals.stale += summary.stale;
    totals.unjudged += summary.unjudged;
    ++totals.pools[GradeOf(summary)];
    for (const Grade grade : kAll) totals.grades[grade] += GradeCount(summary, grade);
  }
  return totals;
}

// A file that is not in force may be about any pool.
Json ProblemJson(const PolicyStatus& status, const Principal& viewer) {
  if (status.problem.empty()) return nullptr;
  if (viewer.sees_all()) return status.problem;
  return "Newer policy files are not in force; whoever sees every pool is told why.";
}

Json PolicyJson(const PolicyStatus& status, const Principal& viewer) {
  Json packs = Json::array();
  for (const policy::Pack& pack : status.set->packs) packs.push_back(PackJson(pack));
  return {{"digest", status.set->digest},
          {"packs", std::move(packs)},
          {"loaded_at", FormatTime(status.loaded_at)},
          {"problem", ProblemJson(status, viewer)}};
}

}  // namespace

Result<HttpResponse> ShowOverview(const Services& services, const Call& call) {
  const PolicyStatus policy = services.policy();
  ASSIGN_OR_RETURN(const auto summaries,
                   VisiblePools(services.fleet, *policy.set, *call.principal));
  const FleetTotals totals = Total(summaries);
  Json json = {{"version", VDIWATCH_VERSION},
               {"desktops", totals.desktops},
               {"live", totals.live},
               {"off", totals.off},
               {"stale", totals.stale},
               {"unjudged", totals.unjudged},
               {"pools", CountsJson(totals.pools)},
               {"grades", CountsJson(totals.grades)},
               {"policy", PolicyJson(policy, *call.principal)},
               {"check_in_every_s", services.check_in_every.count()}};
  const std::string tag = "W/" + EtagOf(json.dump());  // whatever the time is
  json["server_time"] = FormatTime(services.clock.Now());
  HttpResponse response = JsonResponse(json);
  response.headers.emplace_back("ETag", tag);
  return response;
}

}  // namespace vdiwatch::server
