#include "server/one_desktop.h"

#include "base/text.h"
#include "server/api_json.h"
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

}  // namespace

Result<HttpResponse> WithOneDesktop(
    const Services& services, const Call& call,
    const std::function<Result<HttpResponse>(const collector::DesktopSummary&)>& what) {
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

bool NamesOtherPools(std::string_view event_kind) {
  return event_kind == "pool_changed" || event_kind == "merged";
}

}  // namespace vdiwatch::server
