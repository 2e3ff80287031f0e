#include "agent/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"

namespace vdiwatch::agent {
namespace {

constexpr BackOff kAgain{.first = Seconds(5), .longest = Seconds(10 * 60)};
// A refusal does not heal by itself: ask less often.
constexpr BackOff kAfterRefusal{.first = Seconds(2 * 60), .longest = Seconds(60 * 60)};
// Being told to enrol anew over and over is somebody's mistake; it must not become a load.
constexpr BackOff kEnrolAnew{.first = Seconds(5 * 60), .longest = Seconds(4 * 60 * 60)};
constexpr Seconds kShortestWait{1};
constexpr Seconds kLongestWait{24 * 60 * 60};
// One exchange asks for bodies at most this often; a collector that asks on is at fault.
constexpr int kMaxRounds = 3;
// The status of a check-in whose number is out of the collector's reach.
constexpr int kTooFarAhead = 409;

bool Asks(const CheckInResponse& response, std::string_view what) {
  return std::find(response.need.begin(), response.need.end(), what) != response.need.end();
}

bool AsksForBodies(const CheckInResponse& response) {
  return Asks(response, "facts") || Asks(response, "readings");
}

}  // namespace

AgentCore::AgentCore(CoreSurroundings surroundings, CoreMemory memory, Channel& channel,
                     Spool& spool, const Clock& clock)
    : surroundings_(std::move(surroundings)),
      memory_(std::move(memory)),
      channel_(channel),
      spool_(spool),
      clock_(clock) {
  if (!memory_.identity) return;
  channel_.Trust(memory_.identity->ca);
  channel_.Present(memory_.identity->certificate, memory_.identity->key);
}

StepResult AgentCore::Step(const Observation& machine) {
  retry_after_.reset();
  disowned_ = false;
  restarted_ = skipped_ = false;
  NoticeFork(machine);
  Observation seen = machine;
  if (!forked_boot_id_.empty()) seen.boot_id = forked_boot_id_;

  auto ready = EnsureCertificate(seen);
  auto answer = ready ? TellOrStartAnew(seen) : Result<CheckInResponse>(ready.error());
  channel_.Close();
  if (answer) return Succeeded(*std::move(answer));
  Remember(seen);
  return Failed(std::move(answer).error());
}

Result<void> AgentCore::SayGoodbye(const Observation& machine) {
  if (!memory_.identity || !memory_.identity->enrolled())
    return Unavailable("this agent is not enrolled");
  // What waits was seen before, maybe in an earlier boot: it must not arrive after the goodbye.
  RETURN_IF_ERROR(SendSpool());
  CheckInRequest request = MakeCheckIn(machine);
  if (!forked_boot_id_.empty()) request.boot_id = forked_boot_id_;
  request.goodbye = true;
  request.sequence = ++memory_.sequence;
  request.sent_at = clock_.Now();
  auto answer = CheckIn(channel_, request).result;
  channel_.Close();
  if (!answer) return answer.error();
  return {};
}

// Running memory can be forked (instant clones, snapshots with memory): when what anchors this
// process to its machine changes under it, key and boot id belong to somebody else by now.
void AgentCore::NoticeFork(const Observation& seen) {
  Anchors now{seen.claims.smbios_uuid, seen.claims.cloud_vm_id, seen.claims.vm_generation_id};
  if (anchors_ && anchors_->Contradict(now)) {
    forked_boot_id_ = Hex(RandomBytes(16));
    StartAnew();
    gave_up_.clear();  // that key is another machine's, and in good hands
    anchors_.reset();
  }
  if (anchors_) now.FillFrom(*anchors_);
  anchors_ = std::move(now);
}

// An anchor that could not be read this time says nothing.
bool AgentCore::Anchors::Contradict(const Anchors& other) const {
  auto differ = [](const std::string& a, const std::string& b) {
    return !a.empty() && !b.empty() && a != b;
  };
  return differ(smbios_uuid, other.smbios_uuid) || differ(cloud_vm_id, other.cloud_vm_id) ||
         differ(vm_generation_id, other.vm_generation_id);
}

void AgentCore::Anchors::FillFrom(const Anchors& earlier) {
  if (smbios_uuid.empty()) smbios_uuid = earlier.smbios_uuid;
  if (cloud_vm_id.empty()) cloud_vm_id = earlier.cloud_vm_id;
  if (vm_generation_id.empty()) vm_generation_id = earlier.vm_generation_id;
}

void AgentCore::StartAnew() {
  memory_.identity.reset();
  memory_.told.clear();
  memory_.verdict = {};
  // What waits may have been seen by the machine that this one was copied from.
  while (!spool_.empty() && spool_.Pop()) spool_.AddLost(1);
  channel_.Present("", "");
}

// Starts anew because the collector wants it so: at once the first time, with growing pauses after.
void AgentCore::Retire() {
  if (memory_.identity) gave_up_ = KeyName(*memory_.identity);
  StartAnew();
  if (++fresh_starts_ == 1) return;
  enrol_not_before_ =
      clock_.Now() + WaitAfter(kEnrolAnew, fresh_starts_ - 1, 0.5 + surroundings_.random() / 2);
}

Result<void> AgentCore::EnsureCertificate(const Observation& seen) {
  if (!memory_.identity || !memory_.identity->enrolled()) return EnrolNow(seen);
  auto validity = ValidityOf(memory_.identity->certificate);
  if (!validity) return EnrolNow(seen);
  if (!RenewalDue(*validity, clock_.Now())) return {};
  auto renewed = RenewNow();
  if (renewed) return {};
  if (disowned_) {
    Retire();
    return EnrolNow(seen);
  }
  // A certificate that still holds is good enough for this exchange.
  if (validity->not_after > clock_.Now()) return {};
  return renewed;
}

Result<void> AgentCore::EnrolNow(const Observation& seen) {
  if (clock_.Now() < enrol_not_before_) {
    retry_after_ = enrol_not_before_ - clock_.Now();
    return Unavailable(
        fmt::format("the collector asked for a fresh enrolment {} times in a row; "
                    "the next one is due at {}",
                    fresh_starts_, FormatTime(enrol_not_before_)));
  }
  if (!memory_.identity) {
    ASSIGN_OR_RETURN(Identity fresh, NewIdentity());
    // Before it is sent: if the answer gets lost, the same key must ask again.
    RETURN_IF_ERROR(surroundings_.keep_identity(fresh));
    memory_.identity = std::move(fresh);
    memory_.sequence = 0;  // another key, another incarnation
  }
  ASSIGN_OR_RETURN(std::string token, surroundings_.token());
  EnrolRequest request{.csr = memory_.identity->csr,
                       .claims = seen.claims,
                       .boot_id = seen.boot_id,
                       .replaces = gave_up_};
  channel_.Present("", "");
  auto response = Unpack(Enrol(channel_, request, token));
  if (!response && response.error().kind == ErrorKind::kConflict) Retire();
  if (!response) return response.error();
  memory_.identity->pool = response->pool;
  gave_up_.clear();
  return Adopt(*response);
}

Result<void> AgentCore::RenewNow() {
  ASSIGN_OR_RETURN(EnrolResponse response, Unpack(Renew(channel_, {.csr = memory_.identity->csr})));
  return Adopt(response);
}

Result<void> AgentCore::Adopt(const EnrolResponse& response) {
  ASSIGN_OR_RETURN(Identity enrolled, WithCertificate(*memory_.identity, response.certificate));
  if (auto trusting = WithAuthorities(enrolled, response.ca)) enrolled = *std::move(trusting);
  RETURN_IF_ERROR(surroundings_.keep_identity(enrolled));
  memory_.identity = std::move(enrolled);
  channel_.Trust(memory_.identity->ca);
  channel_.Present(memory_.identity->certificate, memory_.identity->key);
  return {};
}

// Checks in; if the collector wants another incarnation, becomes one and checks in again.
Result<CheckInResponse> AgentCore::TellOrStartAnew(const Observation& seen) {
  auto sent = SendSpool();
  auto answer = sent ? Tell(seen) : std::move(sent);
  bool anew = answer ? Asks(*answer, "enrol") : disowned_;
  if (!anew) return answer;
  Retire();
  RETURN_IF_ERROR(EnrolNow(seen));
  return Tell(seen);
}

// The last answer, or an empty one if there was nothing to send.
Result<CheckInResponse> AgentCore::SendSpool() {
  CheckInResponse last;
  while (!spool_.empty()) {
    ASSIGN_OR_RETURN(last, Tell(spool_.front().seen, spool_.front().at));
    if (Asks(last, "enrol")) return last;
    RETURN_IF_ERROR(spool_.Pop());
  }
  return last;
}

Result<CheckInResponse> AgentCore::Tell(const Observation& seen, std::optional<Time> spooled_at) {
  CheckInRequest request = MakeCheckIn(seen);
  request.late = spooled_at.has_value();
  request.sent_at = spooled_at.value_or(clock_.Now());
  request.lost_changes = spool_.lost();
  request.verdict = memory_.verdict.tag;
  ASSIGN_OR_RETURN(CheckInResponse response, Send(request));
  for (int round = 1; AsksForBodies(response) && !Asks(response, "enrol"); ++round) {
    if (round == kMaxRounds) return Unavailable("the collector keeps asking for the same facts");
    ASSIGN_OR_RETURN(response, Send(WithBodies(request, seen, response.need)));
  }
  CompleteVerdict(response);
  memory_.told = ContentDigest(request);
  if (!Asks(response, "enrol")) spool_.ForgetLost();
  return response;
}

// A verdict that we named is not told again.
void AgentCore::CompleteVerdict(CheckInResponse& response) {
  KnownVerdict& known = memory_.verdict;
  if (!response.verdict.empty() && response.verdict == known.tag) {
    response.grade = known.grade;
    response.rules = known.rules;
    response.passed = known.passed;
  } else {
    known = {response.verdict, response.grade, response.rules, response.passed};
  }
}

// Where our numbers are not those that the collector holds, we go on from its own, once. A repeat
// that was only answered late costs one more check-in.
Result<CheckInResponse> AgentCore::Send(CheckInRequest request) {
  auto response = SendOnce(request);
  if (!response && status_ == kTooFarAhead && !std::exchange(restarted_, true)) {
    memory_.sequence = 0;
    response = SendOnce(request);
  }
  if (!response || response->sequence < request.sequence) return response;
  if (!std::exchange(skipped_, true)) {
    memory_.sequence = response->sequence;
    response = SendOnce(request);
  }
  if (!response || response->sequence < request.sequence) return response;
  return Unavailable(fmt::format("the collector did not take check-in {}: it has {} already",
                                 request.sequence, response->sequence));
}

Result<CheckInResponse> AgentCore::SendOnce(CheckInRequest& request) {
  request.sequence = ++memory_.sequence;
  return Unpack(CheckIn(channel_, request));
}

// Keeps a state change for later that the collector could not be told.
void AgentCore::Remember(const Observation& seen) {
  if (memory_.told.empty()) return;  // nobody knows this desktop yet: nothing changed for them
  std::string content = ContentDigest(MakeCheckIn(seen));
  if (content == memory_.told) return;
  // A spool that cannot write has counted the loss, which is all that can be done here.
  (void)spool_.Push({.at = clock_.Now(), .seen = seen});
  memory_.told = std::move(content);
}

StepResult AgentCore::Succeeded(CheckInResponse answer) {
  failures_ = 0;
  if (!Asks(answer, "enrol")) fresh_starts_ = 0;
  auto wanted = std::clamp(Seconds(answer.next_in_s), kShortestWait, kLongestWait);
  // Up to a twentieth later than told, so that agents told the same do not march in step.
  auto jitter = Seconds(static_cast<std::int64_t>(wanted.count() * surroundings_.random() / 20));
  return {.answer = std::move(answer), .problem = std::nullopt, .next_in = wanted + jitter};
}

StepResult AgentCore::Failed(Error problem) {
  bool transient = problem.kind == ErrorKind::kUnavailable;
  Seconds wait = WaitAfter(transient ? kAgain : kAfterRefusal, ++failures_, surroundings_.random());
  if (retry_after_) {
    // Not before it was told, and not all at that very second either.
    wait = *retry_after_ +
           Seconds(static_cast<std::int64_t>(std::max<std::int64_t>(retry_after_->count(), 5) *
                                             surroundings_.random()));
  }
  return {.answer = std::nullopt,
          .problem = std::move(problem),
          .next_in = std::clamp(wait, kShortestWait, kLongestWait)};
}

template <class T>
Result<T> AgentCore::Unpack(Answer<T> answer) {
  if (answer.retry_after) retry_after_ = answer.retry_after;
  status_ = answer.status;
  disowned_ = answer.status == 401;
  return std::move(answer.result);
}

}  // namespace vdiwatch::agent
