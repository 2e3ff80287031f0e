#include <array>

#include "server/handlers.h"
#include "server/handlers_reads.h"
#include "server/route.h"

namespace vdiwatch::server {

std::span<const Route> Routes() {
  constexpr std::nullopt_t kOpen = std::nullopt;
  constexpr std::size_t kNoBody = 0;
  constexpr bool kWholeFleet = true;
  static const std::array kRoutes = {
      // clang-format off
      Route{"POST",   "/api/v1/session",     kOpen,           {},               &OpenSession},
      Route{"GET",    "/api/v1/session",     Role::kViewer,   {},               &ShowSession},
      Route{"DELETE", "/api/v1/session",     Role::kViewer,   {},               &CloseSession},
      Route{"GET",    "/api/v1/overview",    Role::kViewer,   {},               &ShowOverview},
      Route{"GET",    "/api/v1/pools",       Role::kViewer,   
            {"grade", "q", "sort", "trend", "cursor", "limit"},                 &ListPools},
      Route{"GET",    "/api/v1/pools/{}",    Role::kViewer,   {},               &ShowPool},
      Route{"GET",    "/api/v1/desktops",    Role::kViewer,
            {"pool", "grade", "presence", "rule", "rule_grade", "fact", "value", "q", "cursor",
             "limit"},                                                          &ListDesktops},
      Route{"GET",    "/api/v1/desktops/{}", Role::kViewer,   {},               &ShowDesktop},
      Route{"GET",    "/api/v1/desktops/{}/timeline",
                                             Role::kViewer,   {"cursor", "limit"}, &ShowTimeline},
      Route{"POST",   "/api/v1/desktops/{}/revoke",
                                             Role::kOperator, {},               &RevokeDesktop},
      Route{"GET",    "/api/v1/rules",       Role::kViewer,   {},               &ListRules},
      Route{"GET",    "/api/v1/rules/{}",    Role::kViewer,   {"cursor", "limit"}, &ShowRule},
      Route{"GET",    "/api/v1/packs",       Role::kViewer,   {},               &ListPacks},
      Route{"GET",    "/api/v1/trends",      Role::kViewer,   {"days", "pool"}, &ShowTrends},
      Route{"GET",    "/api/v1/changes",     Role::kViewer,   {"since", "cursor", "limit"},
                                                                                &ShowChanges},
      Route{"GET",    "/api/v1/search",      Role::kViewer,   {"q", "limit"},   &Search},
      Route{"GET",    "/api/v1/system",      Role::kAdministrator, {},          &ShowSystem},
      Route{"GET",    "/api/v1/waivers",     Role::kViewer,   {},               &ListWaivers},
      Route{"GET",    "/api/v1/policy-sets", Role::kViewer,   {},               &ListPolicySets},
      Route{"GET",    "/api/v1/policy-sets/{}", Role::kViewer, {},              &ShowPolicySet,
            kNoBody, kWholeFleet},
      Route{"POST",   "/api/v1/policy/plan", Role::kPolicyEditor, {},           &PlanPolicy,
            kMaxPlanBytes, kWholeFleet},
      Route{"GET",    "/api/v1/tokens",      Role::kOperator, {},               &ListTokens},
      Route{"POST",   "/api/v1/tokens",      Role::kOperator, {},               &CreateToken},
      Route{"GET",    "/api/v1/openapi.json", kOpen,          {},               &ShowOpenApi},
      Route{"GET",    "/api/v1/openapi.yaml", kOpen,          {},               &ShowOpenApiAsYaml},
      Route{"GET",    "/healthz",            kOpen,           {},               &ShowHealth},
      Route{"GET",    "/readyz",             kOpen,           {},               &ShowReadiness},
      // clang-format on
  };
  return kRoutes;
}

}  // namespace vdiwatch::server
