#include "server/health.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collector/ca_rotation.h"
#include "collector/store/alert_store.h"
#include "collector/store/store_probe.h"

namespace vdiwatch::server {
namespace {

constexpr auto kBetweenLooks = std::chrono::seconds(5);
constexpr Seconds kCollectorStuck{10 * 60};  // a policy change over a large fleet takes less
constexpr Seconds kCertificateEnds{14 * 86'400};
constexpr Seconds kNoticeWaits{15 * 60};
constexpr std::uint64_t kNoRoom = 64 << 20;
constexpr std::uint64_t kLittleRoom = 1 << 30;

HealthCheck Ok(std::string name) { return {std::move(name), HealthStatus::kOk, ""}; }
HealthCheck Warn(std::string name, std::string reason) {
  return {std::move(name), HealthStatus::kWarning, std::move(reason)};
}
HealthCheck Fail(std::string name, std::string reason) {
  return {std::move(name), HealthStatus::kFailing, std::move(reason)};
}

HealthCheck CheckCertificates(const HealthFacts& facts) {
  for (const auto& [name, end] : facts.certificates) {
    if (end <= facts.now) {
      return Fail("certificates",
                  fmt::format("The certificate '{}' ended at {}.", name, FormatTime(end)));
    }
  }
  for (const auto& [name, end] : facts.certificates) {
    if (end <= facts.now + kCertificateEnds) {
      return Warn("certificates",
                  fmt::format("The certificate '{}' ends at {}.", name, FormatTime(end)));
    }
  }
  return Ok("certificates");
}

HealthCheck CheckAlerts(const HealthFacts& facts) {
  if (facts.oldest_notice && *facts.oldest_notice + kNoticeWaits < facts.now) {
    return Warn("alerts", fmt::format("Alerts wait in the outbox since {}.",
                                      FormatTime(*facts.oldest_notice)));
  }
  if (!facts.failing_sinks.empty()) {
    const bool one = facts.failing_sinks.size() == 1;
    return Warn("alerts", fmt::format("{} {} no messages: {}.", one ? "One sink" : "Sinks",
                                      one ? "takes" : "take", Join(facts.failing_sinks, ", ")));
  }
  if (facts.alerts_refused) {
    return Warn("alerts", "The newer alerts_file is refused; the last good one is in force.");
  }
  return Ok("alerts");
}

HealthCheck CheckDisk(const HealthFacts& facts) {
  if (!facts.free_bytes) return Fail("disk", "The data directory cannot be read.");
  const std::uint64_t mib = *facts.free_bytes >> 20;
  if (*facts.free_bytes < kNoRoom) return Fail("disk", fmt::format("{} MiB are left.", mib));
  if (*facts.free_bytes < kLittleRoom) return Warn("disk", fmt::format("{} MiB are left.", mib));
  return Ok("disk");
}

}  // namespace

std::string_view ToString(HealthStatus status) {
  switch (status) {
    case HealthStatus::kOk:
      return "ok";
    case HealthStatus::kWarning:
      return "warning";
    case HealthStatus::kFailing:
      return "failing";
  }
  return "failing";
}

HealthStatus Worst(const std::vector<HealthCheck>& checks) {
  HealthStatus worst = HealthStatus::kOk;
  for (const HealthCheck& check : checks) worst = std::max(worst, check.status);
  return worst;
}

HealthCheck CheckCollector(Seconds silent_for) {
  if (silent_for < kCollectorStuck) return Ok("collector");
  return Fail("collector",
              fmt::format("The collector has been at one thing for {} s.", silent_for.count()));
}

std::vector<HealthCheck> CheckHealth(const HealthFacts& facts) {
  return {facts.writable ? Ok("store") : Fail("store", "The store cannot be written to."),
          CheckCollector(facts.collector_silent_for),
          facts.policy_refused
              ? Warn("policy", "Newer policy files are refused; the last good set is in force.")
              : Ok("policy"),
          CheckCertificates(facts),
          CheckAlerts(facts),
          CheckDisk(facts)};
}

HealthFacts Health::Gather() const {
  HealthFacts facts;
  facts.now = parts_.clock.Now();
  facts.writable = parts_.database.probe->CheckWritable();
  if (!facts.writable) parts_.log.Warning("not ready: {}", facts.writable.error().message);
  facts.collector_silent_for = parts_.collector_silent_for();
  facts.policy_refused = !parts_.policy().problem.empty();
  facts.certificates = parts_.certificates;
  if (const auto authorities = collector::ListAuthorities(parts_.ca_dir)) {
    for (const auto& authority : *authorities) {
      if (authority.role == "retired") continue;
      facts.certificates.emplace_back("authority_" + authority.role, authority.not_after);
    }
  }
  if (const auto outbox = parts_.database.alerts->Outbox(1); outbox && !outbox->empty()) {
    facts.oldest_notice = outbox->front().at;
  }
  if (const auto alerting = parts_.alerting()) {
    facts.alerts_refused = alerting->file_refused;
    for (const SinkFigures& sink : alerting->sinks) {
      if (sink.failing) facts.failing_sinks.push_back(sink.name);
    }
  }
  std::error_code failed;
  const auto space = std::filesystem::space(parts_.data_dir, failed);
  if (!failed) facts.free_bytes = space.available;
  return facts;
}

std::vector<HealthCheck> Health::Look() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (seen_.empty() || now >= looked_at_ + kBetweenLooks) {
    seen_ = CheckHealth(Gather());
    looked_at_ = now;
  }
  return seen_;
}

}  // namespace vdiwatch::server
