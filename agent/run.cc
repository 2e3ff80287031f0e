#include "agent/run.h"

#include <fmt/format.h>

#include "agent/canary.h"
#include "agent/configured.h"
#include "agent/transport.h"
#include "agent/trusted.h"
#include "base/file.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

// A crash may lose the newest status, and with it the newest sequence numbers: skip ahead of them.
constexpr std::int64_t kSequenceGap = 1000;
constexpr Seconds kBeforeNextLook{60};

// A file that is no identity is worth nothing to anybody, and must not silence the desktop for
// ever.
Result<std::optional<Identity>> OwnIdentity(const StateDir& state, Log& log) {
  auto identity = state.LoadIdentity();
  if (identity || identity.error().kind != ErrorKind::kInvalid) return identity;
  ASSIGN_OR_RETURN(fs::path aside, state.SetIdentityAside());
  log.Error("{}; it is kept as {}, and the agent enrols anew", identity.error().message,
            aside.filename().string());
  return std::optional<Identity>();
}

}  // namespace

Seconds StartDelay(Seconds since_boot, double random) {
  constexpr Seconds kBoot{10 * 60}, kLongest{2 * 60};
  if (since_boot >= kBoot) return Seconds(0);
  return Seconds(static_cast<std::int64_t>(static_cast<double>(kLongest.count()) * random));
}

Result<std::unique_ptr<ResidentAgent>> ResidentAgent::Open(AgentConfig config, OwnMachine machine,
                                                           const Clock& clock, Log& log) {
  ASSIGN_OR_RETURN(Trusted trusted, TrustedBy(config));
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport,
                   Transport::Create({.collector = config.collector,
                                      .ca_pem = std::move(trusted.ca_pem),
                                      .ca_pins = config.ca_pins,
                                      .proxy = config.proxy},
                                     clock));
  return Open(std::move(config), std::move(machine), std::move(transport),
              std::move(trusted.fleet_key), clock, log);
}

Result<std::unique_ptr<ResidentAgent>> ResidentAgent::Open(AgentConfig config, OwnMachine machine,
                                                           std::unique_ptr<Channel> channel,
                                                           std::string fleet_key,
                                                           const Clock& clock, Log& log) {
  StateDir state(config.state_dir);
  RETURN_IF_ERROR(state.Create());
  RETURN_IF_ERROR(StateDir(config.canary_dir).Create());
  ASSIGN_OR_RETURN(std::unique_ptr<StateLock> lock, StateLock::Take(state));
  if (auto taken = TakeInstalledToken(KeptTokenFile(config)); !taken) {
    log.Error("{}; it is used from there", taken.error().message);
  }
  for (const std::string& warning : config.warnings) log.Warning("{}", warning);
  if (auto removed = RemoveAll(state.Leftovers(config.canary_dir)); !removed) {
    log.Warning("{}", removed.error().message);
  }
  ASSIGN_OR_RETURN(std::optional<Identity> identity, OwnIdentity(state, log));
  ASSIGN_OR_RETURN(Spool spool, Spool::Open(state.spool()));
  auto status = state.LoadStatus();
  if (!status) {
    log.Warning("{}; starting with an empty one", status.error().message);
    status = std::optional<Status>();
  }
  std::unique_ptr<ResidentAgent> agent(
      new ResidentAgent(std::move(config), std::move(machine), std::move(channel), std::move(lock),
                        std::move(spool), std::move(fleet_key), clock, log));
  agent->Restore(std::move(identity), *std::move(status));
  return agent;
}

ResidentAgent::ResidentAgent(AgentConfig config, OwnMachine machine,
                             std::unique_ptr<Channel> channel, std::unique_ptr<StateLock> lock,
                             Spool spool, std::string fleet_key, const Clock& clock, Log& log)
    : config_(std::move(config)),
      machine_(std::move(machine)),
      state_(config_.state_dir),
      channel_(std::move(channel)),
      lock_(std::move(lock)),
      spool_(std::move(spool)),
      fleet_key_(std::move(fleet_key)),
      clock_(clock),
      log_(log) {}

void ResidentAgent::Restore(std::optional<Identity> identity, std::optional<Status> status) {
  if (status) status_ = *std::move(status);
  if (!identity) {  // numbers belong to a key, and nobody was told anything under the next one
    status_.sequence = 0;
    status_.told.clear();
  }
  status_.collector = ToString(config_.collector);
  spool_.AddLost(status_.lost_changes);
  CoreSurroundings surroundings;
  surroundings.token = [this] { return EnrolmentToken(config_); };
  surroundings.keep_identity = [this](const Identity& fresh) { return state_.SaveIdentity(fresh); };
  if (status_.sequence > 0) {
    // On disk before the first number of this life is used, so that the next life skips those, too.
    status_.sequence += kSequenceGap;
    if (auto saved = state_.SaveStatus(status_); !saved) log_.Warning("{}", saved.error().message);
  }
  CoreMemory memory{.identity = std::move(identity),
                    .sequence = status_.sequence,
                    .told = status_.told,
                    .verdict = {status_.verdict, status_.grade, status_.rules, status_.passed}};
  core_ = std::make_unique<AgentCore>(std::move(surroundings), std::move(memory), *channel_, spool_,
                                      clock_);
}

Result<Observation> ResidentAgent::Look() {
  ASSIGN_OR_RETURN(std::string boot_id, machine_.boot_id());
  ASSIGN_OR_RETURN(Canary canary, KeepCanary(config_.canary_dir, boot_id, clock_.Now()));
  Evidence evidence = machine_.gather();
  AddSettings(config_, evidence);
  return Observe(evidence, MakeClaims(machine_.claims(), fleet_key_), std::move(boot_id),
                 std::move(canary));
}

StepResult ResidentAgent::CheckInOnce() {
  auto boot_id = machine_.boot_id();
  if (boot_id && state_.SealedInBoot() == *boot_id) {
    // Nothing may be written now either: the image is about to be taken.
    return {
        .answer = {},
        .problem = Unavailable("this image was sealed in this boot; the agent waits for the next"),
        .next_in = kBeforeNextLook};
  }
  auto seen = Look();
  StepResult result =
      seen ? core_->Step(*seen)
           : StepResult{.answer = {}, .problem = seen.error(), .next_in = kBeforeNextLook};
  Note(result);
  return result;
}

void ResidentAgent::Note(const StepResult& result) {
  Time now = clock_.Now();
  status_.next_check_in = now + result.next_in;
  status_.problem = result.problem ? result.problem->message : "";
  if (result.answer) {
    status_.last_check_in = now;
    status_.desktop = result.answer->desktop;
    status_.pool = result.answer->pool;
    status_.grade = result.answer->grade;
    status_.rules = result.answer->rules;
    status_.passed = result.answer->passed;
    status_.verdict = result.answer->verdict;
    status_.clock_ahead_s = (now - result.answer->server_time).count();
  }
  const CoreMemory& memory = core_->memory();
  if (memory.identity && memory.identity->enrolled()) {
    auto validity = ValidityOf(memory.identity->certificate);
    if (validity) status_.certificate_expires = validity->not_after;
  }
  status_.sequence = memory.sequence;
  status_.told = memory.told;
  status_.spooled = static_cast<std::int64_t>(spool_.size());
  status_.lost_changes = spool_.lost();
  if (auto saved = state_.SaveStatus(status_); !saved) log_.Warning("{}", saved.error().message);
}

void ResidentAgent::Report(const StepResult& result) {
  if (result.problem) {
    log_.Warning("{}; next try in {} s", result.problem->message, result.next_in.count());
    return;
  }
  log_.Info("checked in: {} in pool {}, next in {} s",
            status_.grade.empty() ? "no verdict yet" : status_.grade, status_.pool,
            result.next_in.count());
  if (std::chrono::abs(Seconds(status_.clock_ahead_s)) >= kNoticeableSkew) {
    log_.Warning("this machine's clock is {} s off the collector's", status_.clock_ahead_s);
  }
}

void ResidentAgent::Run(StopSignal& stop) {
  machine_.notify("READY=1");
  Seconds delay = machine_.start_delay();
  if (delay > Seconds(0) && stop.WaitFor(delay)) return;
  for (;;) {
    StepResult result = CheckInOnce();
    Report(result);
    if (stop.WaitFor(result.next_in)) break;
  }
  machine_.notify("STOPPING=1");
  auto boot_id = machine_.boot_id();
  bool sealed = boot_id && state_.SealedInBoot() == *boot_id;
  if (sealed || !machine_.goes_down()) return;
  auto seen = Look();
  auto said = seen ? core_->SayGoodbye(*seen) : Result<void>(seen.error());
  if (!said) log_.Info("no goodbye: {}", said.error().message);
}

}  // namespace vdiwatch::agent
