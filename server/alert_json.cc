#include "server/alert_json.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "collector/store/rows.h"

namespace vdiwatch::server {
namespace {

Json TimeOrNull(const std::optional<Time>& time) {
  return time ? Json(FormatTime(*time)) : Json(nullptr);
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json AttemptOrNull(const std::optional<collector::DeliveryAttempt>& attempt) {
  if (!attempt) return nullptr;
  return {{"at", FormatTime(attempt->at)}, {"answer", attempt->answer}};
}

Json HeartbeatJson(const alert::SinkStatus& sink) {
  if (!sink.beats_every) return nullptr;
  Json last = nullptr;
  if (sink.heartbeat) {
    last = {{"at", FormatTime(sink.heartbeat->at)},
            {"delivered", sink.heartbeat->delivered},
            {"answer", sink.heartbeat->answer}};
  }
  return {{"every_s", sink.beats_every->count()}, {"last", std::move(last)}};
}

std::string_view StateOf(const collector::Silence& silence, Time now) {
  if (silence.ends_at <= now) return "ended";
  return silence.starts_at > now ? "scheduled" : "active";
}

}  // namespace

Json AlertJson(const collector::Alert& alert, std::span<const alert::ActiveSilence> silences) {
  const alert::AlertLine line = alert::LineOf(alert, "");
  const auto* silence = alert.resolved_at ? nullptr : alert::FindSilence(silences, line);
  std::optional<Time> noticed_at;
  if (alert.course.opened_at) noticed_at = alert.course.noticed_at;
  return {{"id", line.id},
          {"state", ToString(collector::StateOf(alert))},
          {"name", line.name},
          {"cause", line.cause},
          {"pool", TextOrNull(line.pool)},
          {"rule", TextOrNull(line.rule)},
          {"severity", line.severity},
          {"grade", line.grade},
          {"desktops", line.desktops},
          {"of", line.of},
          {"text", line.text},
          {"remediation", line.remediation},
          {"attributes", Json(line.attributes)},
          {"since", FormatTime(line.since)},
          {"opened_at", TimeOrNull(alert.course.opened_at)},
          {"noticed_at", TimeOrNull(noticed_at)},
          {"resolved_at", TimeOrNull(alert.resolved_at)},
          {"silenced_by", silence ? Json(collector::IdText(silence->silence.id)) : Json(nullptr)}};
}

Result<Json> DeliveriesJson(collector::AlertStore& store,
                            const std::vector<collector::Delivery>& deliveries) {
  std::vector<std::int64_t> ids;
  for (const auto& one : deliveries) ids.insert(ids.end(), one.notices.begin(), one.notices.end());
  ASSIGN_OR_RETURN(const auto notices, store.Notices(ids));
  std::map<std::int64_t, const collector::Notice*> by_id;
  for (const auto& notice : notices) by_id[notice.id] = &notice;
  Json list = Json::array();
  for (const auto& one : deliveries) {
    Json alerts = Json::array(), kind = nullptr;
    for (const std::int64_t id : one.notices) {
      const auto found = by_id.find(id);
      if (found == by_id.end()) continue;
      const alert::AlertLine line = alert::LineOf(*found->second, "");
      alerts.push_back({{"id", line.id}, {"name", line.name}, {"pool", TextOrNull(line.pool)}});
      kind = policy::ToString(line.kind);
    }
    const bool waiting = one.state == collector::Delivery::State::kWaiting;
    list.push_back({{"id", collector::IdText(one.id)},
                    {"sink", one.sink},
                    {"state", ToString(one.state)},
                    {"kind", std::move(kind)},
                    {"created_at", FormatTime(one.created_at)},
                    {"next_at", waiting ? Json(FormatTime(one.next_at)) : Json(nullptr)},
                    {"attempts", one.attempts},
                    {"why", one.why},
                    {"alerts", std::move(alerts)}});
  }
  return list;
}

Json SinkJson(const alert::SinkStatus& sink) {
  Json rate = nullptr;
  if (sink.rate) rate = {{"messages", sink.rate->messages}, {"per_s", sink.rate->per.count()}};
  return {{"name", sink.name},
          {"kind", sink.kind},
          {"state", sink.state},
          {"why", sink.why},
          {"last_success", AttemptOrNull(sink.record.last_success)},
          {"last_failure", AttemptOrNull(sink.record.last_failure)},
          {"waiting", sink.record.waiting},
          {"sent", sink.record.sent},
          {"failed", sink.record.failed},
          {"dropped", sink.record.dropped},
          {"rate", std::move(rate)},
          {"heartbeat", HeartbeatJson(sink)}};
}

Json SilenceJson(const collector::Silence& silence, Time now) {
  const auto matchers = ParseJson(silence.matchers, "matchers");
  return {{"id", collector::IdText(silence.id)},
          {"matchers", matchers ? *matchers : Json::object()},
          {"starts_at", FormatTime(silence.starts_at)},
          {"ends_at", FormatTime(silence.ends_at)},
          {"created_by", silence.created_by},
          {"reason", silence.reason},
          {"state", StateOf(silence, now)}};
}

Result<collector::AlertStore*> AlertStoreOf(const Services& services) {
  if (services.alert_store == nullptr) return Unavailable("This daemon keeps no alerts.");
  return services.alert_store;
}

Result<alert::Desk*> DeskOf(const Services& services) {
  if (services.desk == nullptr) return Unavailable("This daemon sends no alerts.");
  return services.desk;
}

std::string CursorText(Time at, std::int64_t id) {
  return fmt::format("{}.{}", ToUnix(at), collector::IdText(id));
}

Result<std::optional<std::pair<Time, std::int64_t>>> CursorOf(const Call& call) {
  using Cursor = std::optional<std::pair<Time, std::int64_t>>;
  const std::string_view text = call.Query("cursor");
  if (text.empty()) return Cursor();
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto at = ParseInteger(text.substr(0, dot));
  const auto id = collector::ParseIdText(text.substr(std::min(dot + 1, text.size())));
  if (!at || !id) return Invalid("cursor is not one that this list gave");
  return Cursor({FromUnix(*at), *id});
}

Result<std::int64_t> LimitOf(const Call& call) {
  constexpr std::int64_t kDefault = 50, kMost = 500;
  const std::string_view text = call.Query("limit");
  if (text.empty()) return kDefault;
  const auto number = ParseInteger(text);
  if (number && *number >= 1 && *number <= kMost) return *number;
  return Invalid(fmt::format("limit must be a number from 1 to {}", kMost));
}

Result<std::int64_t> IdOf(const Call& call, std::string_view what) {
  if (const auto id = collector::ParseIdText(call.parameter)) return *id;
  return NotFound(fmt::format("There is no {} '{}'.", what, Printable(call.parameter, 80)));
}

}  // namespace vdiwatch::server
