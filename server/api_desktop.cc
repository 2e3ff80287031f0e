#include "base/text.h"
#include "collector/revoke.h"
#include "server/api_json.h"
#include "server/desktop_page.h"
#include "server/handlers.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

// The desktops that an id or a host name means: an id means one, a host name may mean several.
Result<std::vector<collector::DesktopSummary>> Named(collector::FleetReader& fleet,
                                                     const std::string& name) {
  if (const auto id = collector::ParseIdText(name)) {
    auto by_id = fleet.DesktopById(*id);
    if (by_id) return std::vector{*std::move(by_id)};
    if (by_id.error().kind != ErrorKind::kNotFound) return by_id.error();
  }
  return fleet.DesktopsByHost(ToLower(name));
}

// Of those, the ones that the viewer may see.
Result<std::vector<collector::DesktopSummary>> Meant(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto named, Named(services.fleet, call.parameter));
  std::erase_if(named, [&](const auto& desktop) { return !call.principal->MaySee(desktop.pool); });
  return named;
}

// What becomes of the one desktop that a call means, or the answer that says why there is not one.
template <class Do>
Result<HttpResponse> WithOne(const Services& services, const Call& call, Do what) {
  ASSIGN_OR_RETURN(auto meant, Meant(services, call));
  if (meant.empty()) {
    return NotFound("There is no desktop with the id or host name '" + Printable(call.parameter) +
                    "'.");
  }
  if (meant.size() == 1) return what(meant[0]);
  Json desktops = Json::array();
  for (const collector::DesktopSummary& summary : meant) desktops.push_back(DesktopJson(summary));
  return Problem(409, "More than one desktop has this host name; ask by id.", call.request.id,
                 {{"desktops", std::move(desktops)}});
}

// The words of these events name the pool that the desktop left, or another pool's desktop.
void HideOtherPools(Json& page) {
  for (Json& event : page["events"]) {
    const std::string kind = event.value("kind", "");
    if (kind == "pool_changed" || kind == "merged") event["detail"] = "";
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
  return WithOne(services, call, [&](const Summary& desktop) -> Result<HttpResponse> {
    ASSIGN_OR_RETURN(Json page, DesktopPage(services.store, services.fleet, desktop));
    if (!call.principal->sees_all()) HideOtherPools(page);
    page["policy"] = PolicyReferenceJson(desktop.policy, *services.policy().set);
    return JsonResponse(page);
  });
}

Result<HttpResponse> RevokeDesktop(const Services& services, const Call& call) {
  using Summary = collector::DesktopSummary;
  return WithOne(services, call, [&](const Summary& summary) -> Result<HttpResponse> {
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
