#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "collector/check_in.h"
#include "collector/collector.h"
#include "collector/enrolment.h"
#include "collector/front.h"
#include "collector/judge.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

using Reply = std::function<void(Response)>;

struct CheckInJob {
  std::string key;  // of the client's certificate
  CheckInRequest request;
  Reply reply;
};
struct EnrolJob {
  std::string key;
  EnrolRequest request;
  std::string token_hash;
  std::string remote_ip;
  std::string certificate;  // made ahead, handed out if the enrolment is accepted
  Time certificate_expires{};
  Reply reply;
};
struct RenewJob {
  std::string key;
  std::string certificate;
  Time certificate_expires{};
  Reply reply;
};
using Job = std::variant<CheckInJob, EnrolJob, RenewJob>;

// What the writer remembers between rounds. Belongs to the writer's thread.
struct Memory {
  std::unordered_map<std::int64_t, Touch> touches;      // by incarnation: not yet in the store
  std::unordered_map<std::string, Facts> fact_sets;     // by digest, bounded
  std::set<std::int64_t> dirty_pools;                   // to be judged again
  std::unordered_map<std::int64_t, std::string> homes;  // token -> the name of its pool
};

// One round of the writer: jobs applied in order, stored in one transaction, then answered. Jobs
// that touch the same agent, desktop or slot do not share a round.
class Round {
 public:
  Round(const CollectorOptions& options, Store& store, Judge& judge, Memory& memory,
        const std::string& ca_certificate, Time now, Log& log);

  // Takes the job unless it must wait for the next round; then it is left as it was.
  bool Take(Job& job);

  // Stores and answers everything taken. Must be called once.
  void Finish();

 private:
  bool TakeCheckIn(CheckInJob& job);
  bool TakeEnrol(EnrolJob& job);
  bool TakeRenew(RenewJob& job);

  Result<KnownIncarnation> Look(const IncarnationQuery& query);
  Result<std::vector<Candidate>> Rivals(const Claims& claims);
  Result<CheckInResponse> CheckIn(CheckInJob& job, const KnownIncarnation& known,
                                  const std::vector<Candidate>& rivals);
  Result<void> ResolveChallenge(KnownIncarnation& known);
  Result<void> ComeBackTo(const CheckInRequest& request, KnownIncarnation& known);
  Result<void> GivePool(const CheckInRequest& request, CheckedIn& result);
  Result<std::string> HomeOf(std::int64_t token_id);
  std::vector<Candidate> AtHome(const EnrolToken& token, std::vector<Candidate> candidates);
  Result<void> FollowSlot(const CheckInRequest& request, const std::vector<Candidate>& rivals,
                          KnownIncarnation& known);
  Result<void> LookForDuplicates(const CheckInRequest& request, const Desktop& before,
                                 CheckedIn& result);
  Result<void> MarkDuplicates(const Desktop& desktop, const std::vector<Candidate>& candidates);
  Result<void> GiveProfile(const std::optional<Facts>& facts, Desktop& desktop);
  Result<Facts> FactSetOf(const std::string& digest);
  Result<SpentTokens> Spent(std::span<const Candidate> candidates);
  Result<EnrolResponse> Enrolled(EnrolJob& job, const EnrolToken& token,
                                 const std::vector<Candidate>& candidates);
  Result<EnrolResponse> EnrolledAgain(EnrolJob& job, const KnownIncarnation& known);
  CheckInResponse Answer(const CheckedIn& result, bool was_away,
                         std::string_view known_verdict) const;
  void Keep(const CheckInRequest& request, CheckedIn result);
  void Overlay(Incarnation& incarnation) const;
  bool Claim(std::vector<std::string> names);
  bool Hold(const std::string& name);
  void Owe(Reply reply, Response response);
  Time SilentBefore() const;

  const CollectorOptions& options_;
  Store& store_;
  Judge& judge_;
  Memory& memory_;
  const std::string& ca_certificate_;
  Log& log_;
  Changes changes_;
  std::set<std::string> claimed_;
  std::vector<std::string> held_;  // of claimed_: by the job at hand
  std::vector<std::pair<Reply, Response>> owed_;
  int faults_ = 0;  // answers that owe to a fault of ours
};

Response Ok(const Json& body);
Error UnknownCertificate();                // of a key that no incarnation has
std::string DesktopName(std::int64_t id);  // as jobs claim it
bool IsOver(IncarnationState state);  // its key has had its time: whoever holds it makes another

// {"error":{"kind":…,"message":…}} with the status of its kind; unavailable asks to come back. The
// first keeps the message of a fault of ours for the log.
Response ErrorResponse(const Error& error);
Response ErrorResponse(int status, const Error& error);

}  // namespace vdiwatch::collector
