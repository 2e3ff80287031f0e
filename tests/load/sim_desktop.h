#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "agent/canary.h"
#include "agent/config.h"
#include "agent/core.h"
#include "agent/report.h"
#include "agent/state_dir.h"
#include "tests/load/pool_model.h"

namespace vdiwatch::sim {

// What the desktops of a fleet have in common.
struct FleetSite {
  agent::CollectorAddress collector;
  std::string ca_pem;
  std::string fleet_key;
  std::filesystem::path state_dir;  // empty: what persists, persists in memory
};

// A virtual desktop: a machine that boots, and the real agent on it, over a transport of its own.
// Between exchanges it keeps a certificate, a TLS session and a canary. One thread at a time.
class SimDesktop {
 public:
  SimDesktop(const FleetSite& site, const PoolModel& pool, int number, std::string token,
             const Clock& clock);

  // A new boot. The system disk of a resetting pool comes back from the sealed image: no key, no
  // canary. Errors: the state folder, or TLS that cannot be set up.
  Result<void> Boot();
  agent::StepResult CheckIn();
  // Says goodbye, as at an orderly shutdown; whether that arrived does not matter.
  void ShutDown();

  const std::string& host_name() const { return claims_.host_name; }
  // What the agent would tell now, and as whom; once booted.
  agent::Observation Look() const;
  const std::optional<agent::Identity>& identity() const { return core_->memory().identity; }

 private:
  Result<void> RestoreDisk();
  Result<void> SaveCanary();

  const FleetSite& site_;
  const PoolModel& pool_;
  const int number_;
  const std::string token_;
  const Clock& clock_;
  Claims claims_;

  // The system disk.
  std::optional<agent::StateDir> disk_;
  std::optional<agent::CanaryRecord> canary_;
  agent::CoreMemory memory_;

  // The running system.
  std::string boot_id_;
  agent::Spool spool_;
  std::unique_ptr<agent::Channel> channel_;
  std::unique_ptr<agent::AgentCore> core_;
};

}  // namespace vdiwatch::sim
