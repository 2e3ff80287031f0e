#include "base/text.h"
#include "server/api_json.h"
#include "server/desktop_page.h"
#include "server/handlers.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

// The desktops that an id or a host name means: an id means one, a host name may mean several.
Result<std::vector<collector::DesktopSummary>> Meant(collector::FleetReader& fleet,
                                                     const std::string& name) {
  if (const auto id = collector::ParseIdText(name)) {
    auto by_id = fleet.DesktopById(*id);
    if (by_id) return std::vector{*std::move(by_id)};
    if (by_id.error().kind != ErrorKind::kNotFound) return by_id.error();
  }
  return fleet.DesktopsByHost(ToLower(name));
}

}  // namespace

Result<HttpResponse> ShowDesktop(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto meant, Meant(services.fleet, call.parameter));
  if (meant.empty()) {
    return NotFound("There is no desktop with the id or host name '" + Printable(call.parameter) +
                    "'.");
  }
  if (meant.size() > 1) {
    Json desktops = Json::array();
    for (const collector::DesktopSummary& summary : meant) {
      desktops.push_back(DesktopJson(summary));
    }
    return Problem(409, "More than one desktop has this host name; ask by id.", call.request.id,
                   {{"desktops", std::move(desktops)}});
  }
  ASSIGN_OR_RETURN(Json page, DesktopPage(services.store, services.fleet, meant[0]));
  page["policy"] = PolicyReferenceJson(meant[0].policy, *services.policy().set);
  return JsonResponse(page);
}

}  // namespace vdiwatch::server
