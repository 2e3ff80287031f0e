#include <array>
#include <map>

#include "collector/store/alert_store.h"
#include "collector/store/store.h"
#include "server/api_json.h"
#include "server/metrics.h"

namespace vdiwatch::server {
namespace {

using Type = MetricsText::Type;

constexpr std::array<std::string_view, 4> kSeverities = {"critical", "major", "minor", "info"};
constexpr std::int64_t kMostCounted = 1000;

Result<void> AddOpen(const MetricsParts& parts, MetricsText& out) {
  ASSIGN_OR_RETURN(const auto alerts, parts.database.store->OpenAlerts());
  std::map<std::string, std::int64_t, std::less<>> open;
  for (const collector::Alert& alert : alerts) {
    if (!alert.course.opened_at) continue;
    const Json detail = StoredJson(alert.detail);
    ++open[detail.is_object() ? detail.value("severity", "") : ""];
  }
  out.Begin("vdiwatch_alerts_open", Type::kGauge, "Alerts that are open, by severity.");
  for (const std::string_view severity : kSeverities) {
    const auto found = open.find(severity);
    out.Add({{"severity", severity}}, found == open.end() ? std::int64_t{0} : found->second);
  }
  return {};
}

Result<void> AddOutbox(const MetricsParts& parts, MetricsText& out) {
  ASSIGN_OR_RETURN(const auto notices, parts.database.alerts->Outbox(kMostCounted));
  out.Begin("vdiwatch_alert_outbox_notices", Type::kGauge,
            "Notices that no messages were made of yet; counted up to 1000.");
  out.Add({}, std::ssize(notices));
  out.Begin("vdiwatch_alert_outbox_oldest_timestamp_seconds", Type::kGauge,
            "When the oldest notice of the outbox was made.");
  if (!notices.empty()) out.Add({}, notices.front().at);
  return {};
}

using Sinks = std::vector<SinkFigures>;

void AddDeliveries(const Sinks& sinks, MetricsText& out) {
  out.Begin(
      "vdiwatch_alert_deliveries", Type::kGauge,
      "Messages in the log of deliveries, by sink and how they ended; waiting ones have not.");
  for (const auto& sink : sinks) {
    out.Add({{"sink", sink.name}, {"outcome", "waiting"}}, sink.waiting);
    out.Add({{"sink", sink.name}, {"outcome", "sent"}}, sink.sent);
    out.Add({{"sink", sink.name}, {"outcome", "failed"}}, sink.failed);
    out.Add({{"sink", sink.name}, {"outcome", "dropped"}}, sink.dropped);
  }
  out.Begin("vdiwatch_alert_sink_failing", Type::kGauge,
            "Whether the sink's last message did not get through, or the sink is disabled.");
  for (const auto& sink : sinks) {
    out.Add({{"sink", sink.name}, {"kind", sink.kind}}, std::int64_t{sink.failing});
  }
}

void AddTimes(const Sinks& sinks, MetricsText& out) {
  out.Begin("vdiwatch_alert_last_success_timestamp_seconds", Type::kGauge,
            "When the sink last took a message.");
  for (const auto& sink : sinks) {
    if (sink.last_success) out.Add({{"sink", sink.name}}, *sink.last_success);
  }
  out.Begin("vdiwatch_alert_heartbeat_interval_seconds", Type::kGauge,
            "How often a heartbeat goes to the sink.");
  for (const auto& sink : sinks) {
    if (sink.beats_every) out.Add({{"sink", sink.name}}, sink.beats_every->count());
  }
  out.Begin("vdiwatch_alert_last_heartbeat_timestamp_seconds", Type::kGauge,
            "When the sink last took a heartbeat, since the daemon's start.");
  for (const auto& sink : sinks) {
    if (sink.last_heartbeat) out.Add({{"sink", sink.name}}, *sink.last_heartbeat);
  }
}

}  // namespace

Result<void> AddAlertMetrics(const MetricsParts& parts, MetricsText& out) {
  RETURN_IF_ERROR(AddOpen(parts, out));
  RETURN_IF_ERROR(AddOutbox(parts, out));
  ASSIGN_OR_RETURN(const AlertingStatus alerting, parts.alerting());
  out.Begin("vdiwatch_alert_config_refused", Type::kGauge,
            "Whether a newer alerts_file is refused and the last good one stays in force.");
  out.Add({}, std::int64_t{alerting.file_refused});
  AddDeliveries(alerting.sinks, out);
  AddTimes(alerting.sinks, out);
  return {};
}

}  // namespace vdiwatch::server
