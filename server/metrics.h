#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/front_counters.h"
#include "collector/store/open.h"
#include "server/alerting_status.h"
#include "server/metrics_text.h"
#include "server/route.h"

namespace vdiwatch::server {

// What the numbers are taken from; all of it outlives them and may be used from any thread.
struct MetricsParts {
  const collector::Database& database;
  std::function<PolicyStatus()> policy;
  std::function<Result<AlertingStatus>()> alerting;
  std::function<collector::FrontCounters()> front;
  std::filesystem::path data_dir;
  std::filesystem::path ca_dir;
  // Of the listeners, by name, and when they end.
  std::vector<std::pair<std::string, Time>> certificates;
  bool open = false;  // whether anybody may read them
};

// The daemon as Prometheus sees it: pools by name, desktops only by number.
class Metrics {
 public:
  explicit Metrics(MetricsParts parts) : parts_(std::move(parts)) {}

  // All of it at this moment. What the store does not answer is left out, and vdiwatch_store_up
  // says so. Any thread may call.
  std::string Scrape() const;
  bool open() const { return parts_.open; }

 private:
  const MetricsParts parts_;
};

// The parts of a scrape. Errors: the store's.
// metrics_fleet.cc
Result<void> AddFleetMetrics(const MetricsParts& parts, MetricsText& out);
// metrics_alerts.cc
Result<void> AddAlertMetrics(const MetricsParts& parts, MetricsText& out);
// metrics_daemon.cc
void AddDaemonMetrics(const MetricsParts& parts, MetricsText& out);

// api_metrics.cc
Result<HttpResponse> ShowMetrics(const Services& services, const Call& call);

}  // namespace vdiwatch::server
