#include "server/metrics.h"

#include "collector/store/store_probe.h"

namespace vdiwatch::server {

std::string Metrics::Scrape() const {
  MetricsText out;
  AddDaemonMetrics(parts_, out);
  const auto size = parts_.database.probe->SizeBytes();
  const auto fleet = AddFleetMetrics(parts_, out);
  const auto alerts = AddAlertMetrics(parts_, out);
  out.Begin("vdiwatch_store_up", MetricsText::Type::kGauge,
            "Whether the store answered all that this page asked it.");
  out.Add({}, std::int64_t{size && fleet && alerts});
  if (size) {
    out.Begin("vdiwatch_store_size_bytes", MetricsText::Type::kGauge, "What the store takes.");
    out.Add({}, *size);
  }
  return out.text();
}

}  // namespace vdiwatch::server
