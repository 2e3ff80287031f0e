#include <fmt/format.h>

#include "collector/ca_rotation.h"
#include "server/metrics.h"
#include "server/process_use.h"

namespace vdiwatch::server {
namespace {

using Type = MetricsText::Type;

void AddCertificates(const MetricsParts& parts, MetricsText& out) {
  out.Begin("vdiwatch_certificate_expiry_timestamp_seconds", Type::kGauge,
            "When the daemon's own certificates end: its authorities' and its listeners'.");
  if (const auto authorities = collector::ListAuthorities(parts.ca_dir)) {
    for (const auto& authority : *authorities) {
      if (authority.role == "retired") continue;
      out.Add({{"certificate", "authority_" + authority.role}}, authority.not_after);
    }
  }
  for (const auto& [name, not_after] : parts.certificates) {
    out.Add({{"certificate", name}}, not_after);
  }
}

std::int64_t Number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

void AddFront(const collector::FrontCounters& front, MetricsText& out) {
  out.Begin("vdiwatch_agent_connections", Type::kGauge, "Agents' connections that are open.");
  out.Add({}, Number(front.open_connections));
  out.Begin("vdiwatch_agent_handshakes_total", Type::kCounter,
            "TLS handshakes with agents; refused: there were too many at once.");
  out.Add({{"result", "completed"}}, Number(front.handshakes));
  out.Add({{"result", "failed"}}, Number(front.failed_handshakes));
  out.Add({{"result", "refused"}}, Number(front.refused_handshakes));
  out.Begin("vdiwatch_agent_connections_evicted_total", Type::kCounter,
            "Agents' connections that were closed to make room for others.");
  out.Add({}, Number(front.evicted_connections));
  out.Begin("vdiwatch_agent_overload_refusals_total", Type::kCounter,
            "Agents' requests that got 503 since too much was waiting.");
  out.Add({}, Number(front.refused_requests));
  out.Begin("vdiwatch_agent_requests_total", Type::kCounter,
            "Agents' requests by kind and status of the answer.");
  for (std::size_t kind = 0; kind < front.answers.size(); ++kind) {
    for (const std::size_t hundreds : {2u, 4u, 5u}) {
      out.Add(
          {{"request", collector::kAgentRequests[kind]}, {"code", fmt::format("{}xx", hundreds)}},
          Number(front.answers[kind][hundreds]));
    }
  }
}

// The names are those of Prometheus' client libraries
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
void AddProcess(MetricsText& out) {
  const auto use = ReadProcessUse();
  if (!use) return;
  out.Begin("process_cpu_seconds_total", Type::kCounter, "CPU time that the daemon has used.");
  out.Add({}, use->cpu_seconds);
  out.Begin("process_resident_memory_bytes", Type::kGauge, "Memory that the daemon holds.");
  out.Add({}, use->resident_bytes);
  out.Begin("process_start_time_seconds", Type::kGauge, "When the daemon was started.");
  out.Add({}, use->start_time);
  out.Begin("process_open_fds", Type::kGauge, "Files and connections that are open.");
  out.Add({}, use->open_files);
  out.Begin("process_max_fds", Type::kGauge, "How many may be.");
  out.Add({}, use->max_files);
}

}  // namespace

void AddDaemonMetrics(const MetricsParts& parts, MetricsText& out) {
  out.Begin("vdiwatch_build_info", Type::kGauge, "The daemon's version.");
  out.Add({{"version", VDIWATCH_VERSION}}, std::int64_t{1});
  AddProcess(out);
  std::error_code failed;
  const auto space = std::filesystem::space(parts.data_dir, failed);
  if (!failed) {
    out.Begin("vdiwatch_data_dir_free_bytes", Type::kGauge, "Room left where data_dir lies.");
    out.Add({}, Number(space.available));
  }
  AddCertificates(parts, out);
  AddFront(parts.front(), out);
}

}  // namespace vdiwatch::server
