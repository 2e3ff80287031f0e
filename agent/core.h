#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/backoff.h"
#include "agent/channel.h"
#include "agent/client.h"
#include "agent/identity.h"
#include "agent/report.h"
#include "agent/spool.h"
#include "base/clock.h"

namespace vdiwatch::agent {

// What the core cannot do itself: reach secrets, keep an identity, draw a random number.
struct CoreSurroundings {
  std::function<Result<std::string>()> token;                  // read at each enrolment
  std::function<Result<void>(const Identity&)> keep_identity;  // durable before it returns
  std::function<double()> random = RandomUnit;                 // in [0, 1)
};

// The verdict that the collector told last, so that it need not be told again.
struct KnownVerdict {
  std::string tag;  // empty: none
  std::string grade;
  std::vector<RuleSummary> rules;
  std::vector<std::string> passed;
};

// What the core remembers from one process to the next. All of it may be lost: then it enrols.
struct CoreMemory {
  std::optional<Identity> identity;
  std::int64_t sequence = 0;  // the last number that may have been used
  std::string told;           // ContentDigest of the newest state that was sent or spooled
  KnownVerdict verdict;
};

// How one exchange ended, and when to come back.
struct StepResult {
  std::optional<CheckInResponse> answer;  // of the newest check-in that got one
  std::optional<Error> problem;
  Seconds next_in{0};
};

// The agent without its machine: enrols, renews, checks in, spools and backs off over a channel.
// Knows no disk, no operating system and no real time, so that the service and the simulated fleet
// run the same code. One thread.
class AgentCore {
 public:
  // The references must outlive it.
  AgentCore(CoreSurroundings surroundings, CoreMemory memory, Channel& channel, Spool& spool,
            const Clock& clock);

  // One exchange: makes sure of a certificate, sends what the spool holds, then this observation.
  StepResult Step(const Observation& seen);

  // Says that the machine shuts down; tried once, and only with a certificate.
  Result<void> SayGoodbye(const Observation& seen);

  const CoreMemory& memory() const { return memory_; }

 private:
  // What makes two observations the same machine within one life of this process.
  struct Anchors {
    std::string smbios_uuid, cloud_vm_id, vm_generation_id;
    bool Contradict(const Anchors& other) const;
    void FillFrom(const Anchors& earlier);
  };

  void NoticeFork(const Observation& seen);
  Result<void> EnsureCertificate(const Observation& seen);
  Result<void> EnrolNow(const Observation& seen);
  Result<void> RenewNow();
  Result<void> Adopt(const EnrolResponse& response);
  void StartAnew();
  void Retire();

  Result<CheckInResponse> SendSpool();
  Result<CheckInResponse> Tell(const Observation& seen, std::optional<Time> spooled_at = {});
  Result<CheckInResponse> Send(CheckInRequest request);
  Result<CheckInResponse> SendOnce(CheckInRequest& request);
  Result<CheckInResponse> TellOrStartAnew(const Observation& seen);
  void Remember(const Observation& seen);
  void CompleteVerdict(CheckInResponse& response);

  StepResult Succeeded(CheckInResponse answer);
  StepResult Failed(Error problem);
  template <class T>
  Result<T> Unpack(Answer<T> answer);

  CoreSurroundings surroundings_;
  CoreMemory memory_;
  Channel& channel_;
  Spool& spool_;
  const Clock& clock_;

  std::optional<Anchors> anchors_;
  std::string gave_up_;         // name of the key that the collector told us to give up
  std::string forked_boot_id_;  // replaces the machine's after a fork, for the rest of this life
  std::optional<Seconds> retry_after_;  // of the exchange at hand
  bool disowned_ = false;  // in the exchange at hand: 401, the collector does not know our key
  int status_ = 0;         // of the last answer
  bool restarted_ = false, skipped_ = false;  // in the exchange at hand: numbers were corrected
  int failures_ = 0;                          // exchanges in a row
  int fresh_starts_ = 0;                      // since a check-in was last accepted
  Time enrol_not_before_{};
};

}  // namespace vdiwatch::agent
