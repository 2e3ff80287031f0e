#include "tests/load/sim_machine.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace vdiwatch::sim {

SimMachine::SimMachine(const Uplink& uplink, agent::RawClaims hardware, agent::Observation look,
                       std::string token, const Clock& clock, Traffic& traffic)
    : uplink_(uplink),
      clock_(clock),
      traffic_(traffic),
      token_(std::move(token)),
      look_(std::move(look)) {
  SetHardware(std::move(hardware));
}

void SimMachine::SetHardware(agent::RawClaims hardware) {
  hardware_ = std::move(hardware);
  claims_ = agent::MakeClaims(hardware_, uplink_.fleet_key);
}

SystemDisk SimMachine::Disk() const {
  SystemDisk disk = disk_;
  if (core_) disk.memory = core_->memory();
  return disk;
}

void SimMachine::ReplaceDisk(SystemDisk disk) {
  PowerOff();
  disk_ = std::move(disk);
}

Result<void> SimMachine::Boot() {
  PowerOff();
  ++diary_.boots;
  return Start(Hex(RandomBytes(16)));
}

Result<void> SimMachine::Start(std::string boot_id) {
  boot_id_ = std::move(boot_id);
  disk_.canary = agent::CountBoot(disk_.canary, boot_id_, clock_.Now());
  ASSIGN_OR_RETURN(
      auto transport,
      agent::Transport::Create({.collector = uplink_.collector, .ca_pem = uplink_.ca_pem}, clock_));
  line_ = std::make_unique<Line>(std::move(transport), traffic_);
  spool_ = agent::Spool();
  agent::CoreSurroundings surroundings;
  surroundings.token = [this] { return Result<std::string>(token_); };
  surroundings.keep_identity = [this](const agent::Identity& identity) {
    // A fresh key is kept before it is enrolled; a renewal keeps its key.
    bool fresh = !disk_.memory.identity || disk_.memory.identity->key != identity.key;
    disk_.memory.identity = identity;
    if (fresh) ++diary_.enrolments;
    return Result<void>();
  };
  core_ = std::make_unique<agent::AgentCore>(std::move(surroundings), disk_.memory, *line_, spool_,
                                             clock_);
  return {};
}

Result<void> SimMachine::ForkFrom(const SimMachine& parent) {
  PowerOff();
  ++diary_.boots;
  disk_ = parent.Disk();
  RETURN_IF_ERROR(Start(parent.boot_id_));
  // The running agent has seen the parent's machine before it finds itself on its own.
  line_->Plug(false);
  Claims own = std::exchange(claims_, parent.claims_);
  (void)core_->Step(Look());
  claims_ = std::move(own);
  line_->Plug(true);
  return {};
}

agent::Observation SimMachine::Look() const {
  agent::Observation seen = look_;
  seen.claims = claims_;
  seen.boot_id = boot_id_;
  seen.canary = disk_.canary->canary;
  return seen;
}

agent::StepResult SimMachine::CheckIn() {
  agent::StepResult result = core_->Step(Look());
  diary_.reported = result.answer.has_value();
  if (result.problem) diary_.problem = result.problem->message;
  if (result.answer && !result.answer->desktop.empty()) {
    diary_.desktop = result.answer->desktop;
    diary_.desktops.insert(diary_.desktop);
  }
  return result;
}

void SimMachine::ShutDown() {
  if (!core_) return;
  (void)core_->SayGoodbye(Look());
  PowerOff();
}

void SimMachine::PowerOff() {
  if (core_) disk_.memory = core_->memory();
  core_.reset();
  line_.reset();
}

std::string UuidFor(std::string_view name) {
  std::string hex = Hex(Sha256(name)).substr(0, 32);
  return fmt::format("{}-{}-4{}-a{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20, 12));
}

std::string MacFor(std::string_view name) {
  std::string hex = Hex(Sha256(fmt::format("mac {}", name)));
  return fmt::format("00:50:56:{}:{}:{}", hex.substr(0, 2), hex.substr(2, 2), hex.substr(4, 2));
}

}  // namespace vdiwatch::sim
