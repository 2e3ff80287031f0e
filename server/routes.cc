#include <array>

#include "server/compliance/machine_export.h"
#include "server/handlers.h"
#include "server/handlers_access.h"
#include "server/handlers_alerts.h"
#include "server/handlers_feed.h"
#include "server/handlers_reads.h"
#include "server/handlers_reports.h"
#include "server/metrics.h"
#include "server/route.h"

namespace vdiwatch::server {

std::span<const Route> Routes() {
  constexpr std::nullopt_t kOpen = std::nullopt;
  constexpr std::size_t kNoBody = 0, kSmallBody = 64 << 10;
  constexpr bool kWholeFleet = true, kAnyQuery = true;
  static const std::array kRoutes = {
      // clang-format off
      Route{"POST",   "/api/v1/session",     kOpen,           {},               &OpenSession},
      Route{"GET",    "/api/v1/session",     Role::kViewer,   {},               &ShowSession},
      Route{"DELETE", "/api/v1/session",     Role::kViewer,   {},               &CloseSession},
      Route{"GET",    "/api/v1/sign-in",     kOpen,           {},               &ShowSignIn},
      Route{"GET",    "/api/v1/sign-in/oidc", kOpen,          {"return_to"},    &BeginOidc},
      Route{"GET",    "/api/v1/sign-in/oidc/callback", kOpen,
            {"state", "code", "iss", "error", "error_description"},             &FinishOidc,
            kNoBody, !kWholeFleet, kAnyQuery},
      Route{"POST",   "/api/v1/password",    Role::kViewer,   {},               &ChangePassword},
      Route{"GET",    "/api/v1/sessions",    Role::kViewer,   {},               &ListSessions},
      Route{"DELETE", "/api/v1/sessions",    Role::kViewer,   {},               &EndSessions},
      Route{"DELETE", "/api/v1/sessions/{}", Role::kViewer,   {},               &EndSession},
      Route{"GET",    "/api/v1/users",       Role::kAdministrator, {},          &ListUsers},
      Route{"POST",   "/api/v1/users",       Role::kAdministrator, {},          &CreateUser},
      Route{"GET",    "/api/v1/users/{}",    Role::kAdministrator, {},          &ShowUser},
      Route{"PATCH",  "/api/v1/users/{}",    Role::kAdministrator, {},          &ChangeUser},
      Route{"DELETE", "/api/v1/users/{}",    Role::kAdministrator, {},          &DeleteUser},
      Route{"GET",    "/api/v1/api-tokens",  Role::kViewer,   {},               &ListApiTokens},
      Route{"POST",   "/api/v1/api-tokens",  Role::kViewer,   {},               &CreateApiToken},
      Route{"DELETE", "/api/v1/api-tokens/{}", Role::kViewer, {},               &RevokeApiToken},
      Route{"GET",    "/api/v1/audit",       Role::kAdministrator,
            {"actor", "action", "since", "until", "cursor", "limit"},           &ShowAudit},
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
      Route{"GET",    "/api/v1/reports/compliance", Role::kViewer,
            {"scope", "at", "format", "part", "limit"},                         &ShowCompliance},
      Route{"POST",   "/api/v1/reports/reconcile", Role::kOperator,
            {"scope", "column", "limit"},                                       &ReconcileExport,
            compliance::kMaxExportBytes},
      Route{"GET",    "/api/v1/reports/schedules", Role::kOperator, {},         &ListSchedules},
      Route{"POST",   "/api/v1/reports/schedules", Role::kOperator, {},         &CreateSchedule},
      Route{"GET",    "/api/v1/reports/schedules/{}", Role::kOperator, {},      &ShowSchedule},
      Route{"PUT",    "/api/v1/reports/schedules/{}", Role::kOperator, {},      &ReplaceSchedule},
      Route{"DELETE", "/api/v1/reports/schedules/{}", Role::kOperator, {},      &DeleteSchedule},
      Route{"POST",   "/api/v1/reports/schedules/{}/send",
                                             Role::kOperator, {},               &SendSchedule},
      Route{"GET",    "/api/v1/reports/schedules/{}/deliveries",
                                             Role::kOperator, {},          &ListScheduleDeliveries},
      Route{"GET",    "/api/v1/tokens",      Role::kOperator, {},               &ListTokens},
      Route{"POST",   "/api/v1/tokens",      Role::kOperator, {},               &CreateToken},
      Route{"DELETE", "/api/v1/tokens/{}",   Role::kOperator, {},               &RevokeToken},
      Route{"GET",    "/api/v1/openapi.json", kOpen,          {},               &ShowOpenApi},
      Route{"GET",    "/api/v1/openapi.yaml", kOpen,          {},               &ShowOpenApiAsYaml},
      Route{"GET",    "/api/v1/alerts",      Role::kViewer,
            {"state", "pool", "cause", "severity", "cursor", "limit"},          &ListAlerts},
      Route{"GET",    "/api/v1/alerts/{}",   Role::kViewer,   {},               &ShowAlert},
      Route{"GET",    "/api/v1/deliveries",  Role::kViewer,
            {"sink", "state", "cursor", "limit"},                               &ListDeliveries,
            kNoBody, kWholeFleet},
      Route{"GET",    "/api/v1/deliveries/{}", Role::kViewer, {},               &ShowDelivery,
            kNoBody, kWholeFleet},
      Route{"POST",   "/api/v1/deliveries/{}/replay",
                                             Role::kOperator, {},               &ReplayDelivery,
            kSmallBody, kWholeFleet},
      Route{"GET",    "/api/v1/sinks",       Role::kViewer,   {},               &ListSinks,
            kNoBody, kWholeFleet},
      Route{"POST",   "/api/v1/sinks/{}/test", Role::kOperator, {},             &TestSink,
            kSmallBody, kWholeFleet},
      Route{"GET",    "/api/v1/silences",    Role::kViewer,   {"ended"},        &ListSilences,
            kNoBody, kWholeFleet},
      Route{"POST",   "/api/v1/silences",    Role::kOperator, {},               &CreateSilence,
            kSmallBody, kWholeFleet},
      Route{"DELETE", "/api/v1/silences/{}", Role::kOperator, {},               &EndSilence,
            kSmallBody, kWholeFleet},
      Route{"GET",    "/api/v1/feed/transitions",
                                             Role::kViewer,   {"format", "cursor", "limit"},
                                                                                &FeedTransitions},
      Route{"GET",    "/metrics",            kOpen,           {},               &ShowMetrics},
      Route{"GET",    "/healthz",            kOpen,           {},               &ShowHealth},
      Route{"GET",    "/readyz",             kOpen,           {},               &ShowReadiness},
      // clang-format on
  };
  return kRoutes;
}

}  // namespace vdiwatch::server
