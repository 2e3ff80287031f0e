#include "tests/load/sim_desktop.h"

#include "agent/transport.h"
#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch::sim {
namespace {

constexpr std::size_t kMaxCanaryBytes = 4096;

}  // namespace

SimDesktop::SimDesktop(const FleetSite& site, const PoolModel& pool, int number, std::string token,
                       const Clock& clock)
    : site_(site),
      pool_(pool),
      number_(number),
      token_(std::move(token)),
      clock_(clock),
      claims_(agent::MakeClaims(ClaimsOf(pool, number), site.fleet_key)) {
  if (!site.state_dir.empty() && !pool.resets) {
    disk_.emplace(site.state_dir / claims_.host_name);
  }
}

Result<void> SimDesktop::RestoreDisk() {
  if (pool_.resets) {
    canary_.reset();
    memory_ = {};
    return {};
  }
  if (core_) memory_ = core_->memory();
  if (!disk_ || core_) return {};
  RETURN_IF_ERROR(disk_->Create());
  ASSIGN_OR_RETURN(memory_.identity, disk_->LoadIdentity());
  auto text = ReadFile(disk_->folder() / "canary.json", kMaxCanaryBytes);
  if (!text) return {};
  ASSIGN_OR_RETURN(canary_, agent::CanaryFromText(*text, "canary.json"));
  return {};
}

Result<void> SimDesktop::SaveCanary() {
  if (!disk_) return {};
  return WriteFile(disk_->folder() / "canary.json", agent::CanaryToText(*canary_),
                   FileMode::kPublic);
}

Result<void> SimDesktop::Boot() {
  RETURN_IF_ERROR(RestoreDisk());
  boot_id_ = Hex(RandomBytes(16));
  canary_ = agent::CountBoot(canary_, boot_id_, clock_.Now());
  RETURN_IF_ERROR(SaveCanary());
  core_.reset();
  ASSIGN_OR_RETURN(channel_, agent::Transport::Create(
                                 {.collector = site_.collector, .ca_pem = site_.ca_pem}, clock_));
  agent::CoreSurroundings surroundings;
  surroundings.token = [this] { return Result<std::string>(token_); };
  surroundings.keep_identity = [this](const agent::Identity& identity) {
    return disk_ ? disk_->SaveIdentity(identity) : Result<void>();
  };
  core_ = std::make_unique<agent::AgentCore>(std::move(surroundings), memory_, *channel_, spool_,
                                             clock_);
  return {};
}

agent::Observation SimDesktop::Look() const {
  return agent::Observe(pool_.machine(number_).Record(clock_.Now()), claims_, boot_id_,
                        canary_->canary);
}

agent::StepResult SimDesktop::CheckIn() { return core_->Step(Look()); }

void SimDesktop::ShutDown() { (void)core_->SayGoodbye(Look()); }

}  // namespace vdiwatch::sim
