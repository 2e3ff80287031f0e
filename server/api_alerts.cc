#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "policy/alert_causes.h"
#include "server/alert/fleet_watch.h"
#include "server/alert_json.h"
#include "server/api_json.h"
#include "server/handlers_alerts.h"
#include "server/place_seal.h"

namespace vdiwatch::server {
namespace {

using collector::AlertState;

Result<std::vector<AlertState>> StatesOf(const Call& call) {
  const std::string_view text = call.Query("state");
  if (text.empty()) return std::vector{AlertState::kOpen, AlertState::kResolved};
  for (const AlertState state : {AlertState::kWaiting, AlertState::kOpen, AlertState::kResolved}) {
    if (text == collector::ToString(state)) return std::vector{state};
  }
  return Invalid(
      fmt::format("state cannot be '{}'; it is waiting, open or resolved", Printable(text, 40)));
}

Result<std::string> SeverityOf(const Call& call) {
  constexpr std::array<std::string_view, 4> kKnown = {"critical", "major", "minor", "info"};
  const std::string_view text = call.Query("severity");
  if (text.empty() || std::ranges::find(kKnown, text) != kKnown.end()) return std::string(text);
  return Invalid(fmt::format("severity cannot be '{}'; it is critical, major, minor or info",
                             Printable(text, 40)));
}

// Of the policy in force, or the daemon's own.
bool IsKnownCause(const policy::PolicySet& set, std::string_view cause) {
  constexpr std::array<std::string_view, 7> kOurs = {
      policy::kPoolNoncompliant, policy::kPoolUnknown,         policy::kCoverageLost,
      policy::kClonedIdentities, policy::kPersistenceConflict, alert::kPolicyRefused,
      alert::kAlertsFileRefused};
  return std::ranges::find(kOurs, cause) != kOurs.end() || set.FindRule(cause) != nullptr;
}

Result<std::vector<alert::ActiveSilence>> SilencesNow(const Services& services) {
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto stored, services.alert_store->SilencesUntil(now));
  return alert::SilencesAt(stored, now);
}

// A message may tell of other pools, too.
void KeepVisible(const Principal& principal, Json& alerts) {
  if (principal.sees_all()) return;
  Json kept = Json::array();
  for (Json& alert : alerts) {
    const Json& pool = alert["pool"];
    if (pool.is_string() && principal.MaySee(pool.get<std::string>())) kept.push_back(alert);
  }
  alerts = std::move(kept);
}

// Those of the fleet are nobody's whose access is limited to some pools.
bool MaySee(const Principal& principal, const collector::Alert& alert) {
  return principal.sees_all() ||
         (alert.pool_id != 0 && principal.MaySee(alert::LineOf(alert, "").pool));
}

// One more than asked for tells whether there is a next page. Severity and pool stand in the
// detail, which the store does not look into.
Result<std::vector<collector::Alert>> Find(collector::AlertStore& store,
                                           collector::AlertFilter filter,
                                           const std::string& severity,
                                           const Principal& principal) {
  const std::int64_t wanted = filter.limit + 1;
  std::vector<collector::Alert> found;
  filter.limit = severity.empty() && principal.sees_all() ? wanted : 500;
  for (;;) {
    ASSIGN_OR_RETURN(auto page, store.Alerts(filter));
    for (collector::Alert& alert : page) {
      filter.after = {alert.course.since, alert.id};
      const bool fits = severity.empty() || alert::LineOf(alert, "").severity == severity;
      if (fits && MaySee(principal, alert)) found.push_back(std::move(alert));
      if (static_cast<std::int64_t>(found.size()) == wanted) return found;
    }
    if (static_cast<std::int64_t>(page.size()) < filter.limit) return found;
  }
}

// One that nothing has is refused, unless alerts that this viewer may see have it still: rules,
// waivers and sinks go.
Result<std::string> CauseOf(const Services& services, collector::AlertStore& store,
                            const Call& call) {
  const std::string cause(call.Query("cause"));
  if (cause.empty() || IsKnownCause(*services.policy().set, cause)) return cause;
  collector::AlertFilter any;
  any.states = {AlertState::kWaiting, AlertState::kOpen, AlertState::kResolved};
  any.cause = cause;
  any.limit = 1;
  ASSIGN_OR_RETURN(const auto alerts, Find(store, any, "", *call.principal));
  if (!alerts.empty()) return cause;
  return NotFound("There is no cause '" + Printable(cause, 80) + "' of alerts.");
}

}  // namespace

Result<HttpResponse> ListAlerts(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  collector::AlertFilter filter;
  ASSIGN_OR_RETURN(filter.states, StatesOf(call));
  ASSIGN_OR_RETURN(const std::string severity, SeverityOf(call));
  ASSIGN_OR_RETURN(filter.after, CursorOf(call));
  ASSIGN_OR_RETURN(filter.limit, LimitOf(call));
  const auto limit = static_cast<std::size_t>(filter.limit);
  ASSIGN_OR_RETURN(filter.cause, CauseOf(services, *store, call));
  if (const std::string_view pool = call.Query("pool"); !pool.empty()) {
    const auto set = services.policy().set;
    ASSIGN_OR_RETURN(const auto summary, FindPool(*services.index, *set, *call.principal, pool));
    filter.pool_id = summary.pool.id == 0 ? -1 : summary.pool.id;  // no desktop: no alert
  }
  ASSIGN_OR_RETURN(auto found, Find(*store, filter, severity, *call.principal));
  ASSIGN_OR_RETURN(const auto silences, SilencesNow(services));
  Json next = nullptr;
  if (found.size() > limit) {
    found.resize(limit);
    next = CursorText(found.back().course.since, found.back().id);
  }
  Json alerts = Json::array();
  for (const collector::Alert& alert : found) alerts.push_back(AlertJson(alert, silences));
  return JsonResponse({{"alerts", std::move(alerts)}, {"next_cursor", std::move(next)}});
}

Result<HttpResponse> ShowAlert(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(const std::int64_t id, IdOf(call, "alert"));
  ASSIGN_OR_RETURN(const auto alert, store->FindAlert(id));
  if (!MaySee(*call.principal, alert)) return NotFound("There is no alert with this id.");
  ASSIGN_OR_RETURN(const auto silences, SilencesNow(services));
  ASSIGN_OR_RETURN(const auto notices, store->NoticesOf(id));
  ASSIGN_OR_RETURN(const auto deliveries, store->DeliveriesAbout(id));
  ASSIGN_OR_RETURN(const PlaceSeal seal, PlaceSealOf(services));
  Json json = AlertJson(alert, silences);
  json["notices"] = Json::array();
  for (const collector::Notice& notice : notices) {
    json["notices"].push_back({{"id", seal.NameOf(fmt::format("notice {}", notice.id))},
                               {"at", FormatTime(notice.at)},
                               {"kind", policy::ToString(notice.kind)},
                               {"text", alert::LineOf(notice, "").text}});
  }
  ASSIGN_OR_RETURN(json["deliveries"], DeliveriesJson(*store, deliveries));
  for (Json& delivery : json["deliveries"]) KeepVisible(*call.principal, delivery["alerts"]);
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
