#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/canary.h"
#include "agent/config.h"
#include "agent/core.h"
#include "agent/report.h"
#include "tests/load/line.h"

namespace vdiwatch::sim {

// Where the machines of a fleet report to.
struct Uplink {
  agent::CollectorAddress collector;
  std::string ca_pem;
  std::string fleet_key;
};

// The clock of one machine: the fleet's, more or less.
class MachineClock : public Clock {
 public:
  explicit MachineClock(const Clock& fleet) : fleet_(fleet) {}
  Time Now() const override { return fleet_.Now() + off_; }
  void SetOff(Seconds by) { off_ = by; }

 private:
  const Clock& fleet_;
  Seconds off_{0};
};

// What a system disk holds of the agent; a clone or a snapshot is a copy.
struct SystemDisk {
  agent::CoreMemory memory;
  std::optional<agent::CanaryRecord> canary;
};

// A virtual machine with the real agent on it, over the real transport. What the hypervisor gives
// it and what is on its disk can be changed, as happens to machines. One thread at a time.
class SimMachine {
 public:
  // `uplink`, `traffic` and `clock` must outlive it; `look` is what an agent reads there.
  SimMachine(const Uplink& uplink, agent::RawClaims hardware, agent::Observation look,
             std::string token, const Clock& clock, Traffic& traffic);

  // A new boot of what is on the disk. Errors: TLS that cannot be set up.
  Result<void> Boot();
  agent::StepResult CheckIn();
  void ShutDown();  // says goodbye, as at an orderly shutdown
  void PowerOff();  // does not
  // Boots as a fork of the running `parent`: its memory, its boot, its disk, another machine.
  Result<void> ForkFrom(const SimMachine& parent);

  bool on() const { return core_ != nullptr; }
  SystemDisk Disk() const;  // as it is now
  void ReplaceDisk(SystemDisk disk);
  void SetLook(agent::Observation look) { look_ = std::move(look); }
  void SetHardware(agent::RawClaims hardware);
  const agent::RawClaims& hardware() const { return hardware_; }
  void SetToken(std::string token) { token_ = std::move(token); }
  MachineClock& clock() { return clock_; }

  // What happened to it, for the count at the end.
  struct Diary {
    std::string desktop;             // what the collector called it last
    std::set<std::string> desktops;  // … and ever
    int enrolments = 0;
    int boots = 0;
    bool reported = false;  // the newest exchange succeeded
    std::string problem;    // of the newest exchange that did not
  };
  const Diary& diary() const { return diary_; }
  void ForgetDesktops() { diary_.desktops.clear(); }

 private:
  Result<void> Start(std::string boot_id);
  agent::Observation Look() const;

  const Uplink& uplink_;
  MachineClock clock_;
  Traffic& traffic_;
  std::string token_;
  agent::RawClaims hardware_;
  Claims claims_;
  agent::Observation look_;
  SystemDisk disk_;

  std::string boot_id_;
  agent::Spool spool_;
  std::unique_ptr<Line> line_;
  std::unique_ptr<agent::AgentCore> core_;
  Diary diary_;
};

// Believable numbers that follow from a name.
std::string UuidFor(std::string_view name);
std::string MacFor(std::string_view name);

}  // namespace vdiwatch::sim
