#include "server/api_json.h"
#include "server/handlers.h"
#include "server/negotiate.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

constexpr Grade kScale[] = {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                            Grade::kNoncompliant};
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

// Every grade of the scale is there, and others where they occur.
Json CountsJson(const std::map<Grade, std::int64_t>& counts) {
  Json json = Json::object();
  for (const Grade grade : kScale) json[std::string(policy::ToString(grade))] = 0;
  for (const auto& [grade, count] : counts) {
    if (count > 0) json[std::string(policy::ToString(grade))] = count;
  }
  return json;
}

Json PolicyJson(const PolicyStatus& status) {
  Json packs = Json::array();
  for (const policy::Pack& pack : status.set->packs) packs.push_back(PackJson(pack));
  return {{"digest", status.set->digest},
          {"packs", std::move(packs)},
          {"loaded_at", FormatTime(status.loaded_at)},
          {"problem", status.problem.empty() ? Json(nullptr) : Json(status.problem)}};
}

}  // namespace

Result<HttpResponse> ShowOverview(const Services& services, const Call&) {
  const PolicyStatus policy = services.policy();
  ASSIGN_OR_RETURN(const auto summaries, AllPools(services.fleet, *policy.set));
  const FleetTotals totals = Total(summaries);
  Json json = {{"version", VDIWATCH_VERSION},
               {"desktops", totals.desktops},
               {"live", totals.live},
               {"off", totals.off},
               {"stale", totals.stale},
               {"unjudged", totals.unjudged},
               {"pools", CountsJson(totals.pools)},
               {"grades", CountsJson(totals.grades)},
               {"policy", PolicyJson(policy)},
               {"check_in_every_s", services.check_in_every.count()}};
  const std::string tag = "W/" + EtagOf(json.dump());  // whatever the time is
  json["server_time"] = FormatTime(services.clock.Now());
  HttpResponse response = JsonResponse(json);
  response.headers.emplace_back("ETag", tag);
  return response;
}

}  // namespace vdiwatch::server
