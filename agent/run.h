#pragma once

#include <functional>
#include <memory>

#include "agent/channel.h"
#include "agent/config.h"
#include "agent/core.h"
#include "agent/gather/plan.h"
#include "agent/state_dir.h"
#include "agent/stop.h"
#include "base/clock.h"
#include "base/log.h"

namespace vdiwatch::agent {

// What the resident agent asks its machine; the defaults are the real one.
struct OwnMachine {
  std::function<Evidence()> gather = [] { return Gather(); };
  std::function<RawClaims()> claims = GatherClaims;
  std::function<Result<std::string>()> boot_id = BootId;
  std::function<bool()> goes_down = [] { return MachineGoesDown(); };
  std::function<void(const std::string&)> notify = NotifyService;
  std::function<Seconds()> start_delay = [] { return Seconds(0); };
};

// How long to wait after the service's start, so that desktops that boot at once do not report at
// once: a random share (0 to 1) of two minutes in the first ten after a boot, else nothing.
Seconds StartDelay(Seconds since_boot, double random);

// The agent on its machine: AgentCore, and its memory in the state folder. Holds the folder's lock.
// One thread.
class ResidentAgent {
 public:
  // Opens the folder and the way to the collector; contacts nobody. Errors: the configuration's
  // files, the state folder, another agent that runs already.
  static Result<std::unique_ptr<ResidentAgent>> Open(AgentConfig config, OwnMachine machine,
                                                     const Clock& clock, Log& log);
  // The same over a channel that is already there.
  static Result<std::unique_ptr<ResidentAgent>> Open(AgentConfig config, OwnMachine machine,
                                                     std::unique_ptr<Channel> channel,
                                                     std::string fleet_key, const Clock& clock,
                                                     Log& log);

  // One check-in with all that belongs to it. The outcome is on disk, too, before it returns.
  StepResult CheckInOnce();

  // Checks in whenever it is due until `stop` says so; then says goodbye if the machine goes down.
  void Run(StopSignal& stop);

 private:
  ResidentAgent(AgentConfig config, OwnMachine machine, std::unique_ptr<Channel> channel,
                std::unique_ptr<StateLock> lock, Spool spool, std::string fleet_key,
                const Clock& clock, Log& log);

  void Restore(std::optional<Identity> identity, std::optional<Status> status);
  Result<Observation> Look();
  void Note(const StepResult& result);
  void Report(const StepResult& result);

  AgentConfig config_;
  OwnMachine machine_;
  StateDir state_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<StateLock> lock_;
  Spool spool_;
  std::string fleet_key_;
  const Clock& clock_;
  Log& log_;
  Status status_;
  std::unique_ptr<AgentCore> core_;
};

}  // namespace vdiwatch::agent
