#pragma once

#include "base/result.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// A policy repository in one body; its files are limited to 1 MiB each.
inline constexpr std::size_t kMaxPlanBytes = 4 << 20;

// The API's handlers, one per line of routes.cc; what each answers is docs' and the table's matter.
// api_session.cc
Result<HttpResponse> OpenSession(const Services& services, const Call& call);
Result<HttpResponse> ShowSession(const Services& services, const Call& call);
Result<HttpResponse> CloseSession(const Services& services, const Call& call);
// api_overview.cc
Result<HttpResponse> ShowOverview(const Services& services, const Call& call);
// api_pool_list.cc
Result<HttpResponse> ListPools(const Services& services, const Call& call);
// api_pools.cc
Result<HttpResponse> ShowPool(const Services& services, const Call& call);
// api_desktops.cc
Result<HttpResponse> ListDesktops(const Services& services, const Call& call);
Result<HttpResponse> ShowDesktop(const Services& services, const Call& call);
Result<HttpResponse> RevokeDesktop(const Services& services, const Call& call);
// api_rules.cc
Result<HttpResponse> ListRules(const Services& services, const Call& call);
// api_policy.cc
Result<HttpResponse> ListPolicySets(const Services& services, const Call& call);
Result<HttpResponse> ShowPolicySet(const Services& services, const Call& call);
Result<HttpResponse> ListWaivers(const Services& services, const Call& call);
// api_policy_plan.cc
Result<HttpResponse> PlanPolicy(const Services& services, const Call& call);
// api_tokens.cc
Result<HttpResponse> ListTokens(const Services& services, const Call& call);
Result<HttpResponse> CreateToken(const Services& services, const Call& call);
// api_health.cc
Result<HttpResponse> ShowHealth(const Services& services, const Call& call);
Result<HttpResponse> ShowReadiness(const Services& services, const Call& call);
// api_openapi.cc
Result<HttpResponse> ShowOpenApi(const Services& services, const Call& call);
Result<HttpResponse> ShowOpenApiAsYaml(const Services& services, const Call& call);

}  // namespace vdiwatch::server
