#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/store/open.h"
#include "server/alerting_status.h"
#include "server/route.h"

namespace vdiwatch::server {

// One thing that must be well. `failing` takes the daemon out of service, `warning` does not:
// another instance, or a restart, would do no better.
enum class HealthStatus { kOk, kWarning, kFailing };
struct HealthCheck {
  std::string name;  // store, collector, policy, certificates, alerts, disk
  HealthStatus status = HealthStatus::kOk;
  std::string reason;  // of the others, one sentence; never with paths or names: anybody may ask
};

// What is looked at. Pure checks over it; the thresholds are docs/operations.md's.
struct HealthFacts {
  Time now{};
  Result<void> writable;  // of the store
  Seconds collector_silent_for{0};
  bool policy_refused = false;
  std::vector<std::pair<std::string, Time>> certificates;  // name and end
  bool alerts_refused = false;                             // the newer alerts_file
  std::optional<Time> oldest_notice;                       // in the outbox
  std::vector<std::string> failing_sinks;                  // by name
  std::optional<std::uint64_t> free_bytes;                 // nothing: data_dir cannot be read
};
std::vector<HealthCheck> CheckHealth(const HealthFacts& facts);
HealthCheck CheckCollector(Seconds silent_for);  // alone: what a restart can help
HealthStatus Worst(const std::vector<HealthCheck>& checks);
std::string_view ToString(HealthStatus status);

struct HealthParts {
  const collector::Database& database;
  std::function<PolicyStatus()> policy;
  std::function<Seconds()> collector_silent_for;
  std::function<Result<AlertingStatus>()> alerting;
  std::filesystem::path data_dir;
  std::filesystem::path ca_dir;
  std::vector<std::pair<std::string, Time>> certificates;  // of the listeners
  const Clock& clock;
  Log& log;
};

// Looks at all of it, at most once every five seconds, however many ask. Any thread may call.
class Health {
 public:
  explicit Health(HealthParts parts) : parts_(std::move(parts)) {}

  std::vector<HealthCheck> Look();
  HealthCheck LookAtCollector() const { return CheckCollector(parts_.collector_silent_for()); }

 private:
  HealthFacts Gather() const;

  const HealthParts parts_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_at_{};  // under mutex_; paces, tells no time
  std::vector<HealthCheck> seen_;                      // likewise
};

}  // namespace vdiwatch::server
