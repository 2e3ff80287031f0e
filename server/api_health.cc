#include "server/handlers.h"
#include "server/health.h"

namespace vdiwatch::server {
namespace {

// {status, version, checks: [{name, status, reason}]}; 503 where one is failing.
HttpResponse HealthResponse(const std::vector<HealthCheck>& checks) {
  Json json = {{"status", ToString(Worst(checks))},
               {"version", VDIWATCH_VERSION},
               {"checks", Json::array()}};
  for (const HealthCheck& check : checks) {
    Json one = {{"name", check.name}, {"status", ToString(check.status)}};
    if (!check.reason.empty()) one["reason"] = check.reason;
    json["checks"].push_back(std::move(one));
  }
  return JsonResponse(json, Worst(checks) == HealthStatus::kFailing ? 503 : 200);
}

}  // namespace

// The process answers, and its one thread that changes the fleet is not stuck: else restart it.
Result<HttpResponse> ShowHealth(const Services& services, const Call&) {
  if (services.health == nullptr) return HealthResponse({});
  return HealthResponse({services.health->LookAtCollector()});
}

// It can do its work: else send nobody to it.
Result<HttpResponse> ShowReadiness(const Services& services, const Call&) {
  if (services.health == nullptr) return HealthResponse({});
  return HealthResponse(services.health->Look());
}

}  // namespace vdiwatch::server
