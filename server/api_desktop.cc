#include "base/text.h"
#include "collector/revoke.h"
#include "server/api_json.h"
#include "server/desktop_page.h"
#include "server/handlers.h"
#include "server/one_desktop.h"

namespace vdiwatch::server {
namespace {

void HideOtherPools(Json& page) {
  for (Json& event : page["events"]) {
    if (NamesOtherPools(event.value("kind", ""))) event["detail"] = "";
  }
}

Result<std::string> ReadWhy(const HttpRequest& request) {
  if (request.body.empty()) return std::string();
  ASSIGN_OR_RETURN(const Json body, ParseJson(request.body, "the body"));
  return JsonMemberOr<std::string>(body, "why", "", 200);
}

}  // namespace

Result<HttpResponse> ShowDesktop(const Services& services, const Call& call) {
  using Summary = collector::DesktopSummary;
  return WithOneDesktop(services, call, [&](const Summary& desktop) -> Result<HttpResponse> {
    ASSIGN_OR_RETURN(Json page, DesktopPage(services.store, services.fleet, desktop));
    if (!call.principal->sees_all()) HideOtherPools(page);
    page["policy"] = PolicyReferenceJson(desktop.policy, *services.policy().set);
    return JsonResponse(page);
  });
}

Result<HttpResponse> RevokeDesktop(const Services& services, const Call& call) {
  using Summary = collector::DesktopSummary;
  return WithOneDesktop(services, call, [&](const Summary& summary) -> Result<HttpResponse> {
    const collector::Desktop& desktop = summary.desktop;
    ASSIGN_OR_RETURN(const std::string why, ReadWhy(call.request));
    ASSIGN_OR_RETURN(const auto count,
                     collector::RevokeDesktop(services.store, services.fleet, desktop.id,
                                              call.principal->name, why, services.clock.Now()));
    return JsonResponse({{"id", collector::IdText(desktop.id)},
                         {"host_name", desktop.claims.host_name},
                         {"revoked", count}});
  });
}

}  // namespace vdiwatch::server
