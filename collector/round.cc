#include "collector/round.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "collector/profile.h"
#include "collector/token.h"
#include "report/fact_set.h"

namespace vdiwatch::collector {
namespace {

constexpr std::size_t kMaxFactSetsInMemory = 2048;

int RandomBetween(int least, int most) {
  thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_int_distribution<int>(least, most)(engine);
}

// Whoever comes for the first time or after a silence may have come with everybody else, after a
// power cut or an outage of ours: spread over a whole interval, or they all come together for
// hours.
std::int64_t NextIn(Seconds interval, bool maybe_with_all) {
  int percent = maybe_with_all ? RandomBetween(50, 150) : RandomBetween(90, 110);
  return std::max<std::int64_t>(1, interval.count() * percent / 100);
}

// Whether the incarnation speaks for its desktop and goes by another slot than the desktop's.
bool ChangesSlot(const CheckInRequest& request, const KnownIncarnation& known) {
  const Incarnation& incarnation = *known.incarnation;
  const std::string slot = SlotOf(request.claims);
  if (IsOver(incarnation.state) || incarnation.state == IncarnationState::kRevoked ||
      slot.empty() || slot == known.desktop->slot || IsRepeat(request, incarnation)) {
    return false;
  }
  return IdentifyCheckIn(incarnation, request.claims, request.boot_id).kind !=
         Identification::kClonedIdentity;
}

}  // namespace

Response Ok(const Json& body) { return {.status = 200, .body = body.dump(), .retry_after_s = {}}; }

std::string DesktopName(std::int64_t id) { return "desktop:" + IdText(id); }

bool IsOver(IncarnationState state) {
  return state == IncarnationState::kCloned || state == IncarnationState::kSuperseded;
}

Error UnknownCertificate() {
  return Denied("this certificate is not known here; enrol with a token");
}

Response ErrorResponse(int status, const Error& error) {
  Json body = {{"error", {{"kind", ToString(error.kind)}, {"message", error.message}}}};
  Response response{.status = status, .body = body.dump(), .retry_after_s = {}};
  if (status == 503) response.retry_after_s = RandomBetween(20, 60);
  return response;
}

// What is wrong here, and where our database is, is nobody's business out there.
Response ErrorResponse(const Error& error) {
  const int status = HttpStatus(error.kind);
  if (status < 500) return ErrorResponse(status, error);
  const bool away = error.kind == ErrorKind::kUnavailable;
  Response response = ErrorResponse(
      status, {error.kind, away ? "the collector cannot answer now" : "a fault of the collector"});
  response.cause = error.message;
  return response;
}

Round::Round(const CollectorOptions& options, Store& store, Judge& judge, Memory& memory,
             const std::string& ca_certificate, Time now, Log& log)
    : options_(options),
      store_(store),
      judge_(judge),
      memory_(memory),
      ca_certificate_(ca_certificate),
      log_(log) {
  changes_.at = now;
}

bool Round::Take(Job& job) {
  if (auto* check_in = std::get_if<CheckInJob>(&job)) return TakeCheckIn(*check_in);
  if (auto* enrol = std::get_if<EnrolJob>(&job)) return TakeEnrol(*enrol);
  return TakeRenew(std::get<RenewJob>(job));
}

bool Round::Claim(std::vector<std::string> names) {
  bool taken =
      std::ranges::any_of(names, [&](const auto& name) { return claimed_.contains(name); });
  if (taken) return false;
  claimed_.insert(names.begin(), names.end());
  held_ = std::move(names);
  return true;
}

// Claims one name more for the job at hand.
bool Round::Hold(const std::string& name) {
  if (std::ranges::find(held_, name) != held_.end()) return true;
  if (!claimed_.insert(name).second) return false;
  held_.push_back(name);
  return true;
}

void Round::Owe(Reply reply, Response response) {
  if (!response.cause.empty() && ++faults_ == 1) log_.Error("agents: {}", response.cause);
  owed_.emplace_back(std::move(reply), std::move(response));
}

Time Round::SilentBefore() const { return changes_.at - 2 * options_.check_in_every; }

// Brings an incarnation up to what the store has not been told yet.
void Round::Overlay(Incarnation& incarnation) const {
  auto touch = memory_.touches.find(incarnation.id);
  if (touch == memory_.touches.end()) return;
  incarnation.last_seen = std::max(incarnation.last_seen, touch->second.seen);
  incarnation.sequence = std::max(incarnation.sequence, touch->second.sequence);
}

Result<KnownIncarnation> Round::Look(const IncarnationQuery& query) {
  ASSIGN_OR_RETURN(std::vector<KnownIncarnation> found, store_.FindIncarnations({&query, 1}));
  if (found.size() != 1) return Internal("the store answered a look-up in the wrong shape");
  if (found[0].incarnation) Overlay(*found[0].incarnation);
  return std::move(found[0]);
}

// Whoever may be the desktop that these claims name.
Result<std::vector<Candidate>> Round::Rivals(const Claims& claims) {
  ASSIGN_OR_RETURN(std::vector<Candidate> rivals, store_.FindCandidates(SlotOf(claims), claims));
  for (auto& rival : rivals) {
    for (auto& incarnation : rival.incarnations) Overlay(incarnation);
  }
  return rivals;
}

bool Round::TakeCheckIn(CheckInJob& job) {
  auto fail = [&](Response response) {
    Owe(std::move(job.reply), std::move(response));
    return true;
  };
  const CheckInRequest& request = job.request;
  auto known = Look({job.key, request.facts_digest, request.readings_digest});
  if (!known) return fail(ErrorResponse(known.error()));
  if (!known->incarnation || !known->desktop) {
    return fail(ErrorResponse(401, UnknownCertificate()));
  }
  std::vector<std::string> names = {"key:" + job.key, DesktopName(known->desktop->id)};
  std::vector<Candidate> rivals;
  if (ChangesSlot(request, *known)) {
    auto found = Rivals(request.claims);
    if (!found) return fail(ErrorResponse(found.error()));
    rivals = std::move(*found);
    names.push_back("slot:" + SlotOf(request.claims));
    for (const auto& rival : rivals) names.push_back(DesktopName(rival.desktop.id));
  }
  if (!Claim(names)) return false;
  auto answer = CheckIn(job, *known, rivals);
  Owe(std::move(job.reply), answer ? Ok(ToJson(*answer)) : ErrorResponse(answer.error()));
  return true;
}

Result<CheckInResponse> Round::CheckIn(CheckInJob& job, const KnownIncarnation& found,
                                       const std::vector<Candidate>& rivals) {
  KnownIncarnation known = found;
  if (known.incarnation->state == IncarnationState::kChallenged) {
    RETURN_IF_ERROR(ResolveChallenge(known));
  }
  if (known.incarnation->state == IncarnationState::kSuperseded) {
    RETURN_IF_ERROR(ComeBackTo(job.request, known));
  }
  if (ChangesSlot(job.request, known)) RETURN_IF_ERROR(FollowSlot(job.request, rivals, known));
  ASSIGN_OR_RETURN(CheckedIn result, ApplyCheckIn(job.request, known, changes_.at));
  result.changed |= result.desktop.id != found.desktop->id;
  if (!result.repeated) {
    RETURN_IF_ERROR(LookForDuplicates(job.request, *found.desktop, result));
  }
  const bool provisional = result.incarnation.state == IncarnationState::kProvisional;
  if (!result.repeated && result.need.empty() && !provisional) {
    RETURN_IF_ERROR(GivePool(job.request, result));
    std::string before = result.desktop.profile;
    if (result.changed || judge_.IsOvertaken(before)) {
      RETURN_IF_ERROR(GiveProfile(job.request.facts, result.desktop));
      result.changed |= result.desktop.profile != before;
    }
  }
  // Later than the longest that anybody is told to wait.
  bool was_away = changes_.at > found.incarnation->last_seen + options_.check_in_every * 8 / 5;
  CheckInResponse answer = Answer(result, was_away, job.request.verdict);
  if (result.repeated && IsRepeat(job.request, result.incarnation)) {
    answer.sequence = result.incarnation.sequence;
  }
  Keep(job.request, std::move(result));
  return answer;
}

// The incarnation whose slot was claimed speaks: it keeps its desktop, the others get their own.
Result<void> Round::ResolveChallenge(KnownIncarnation& known) {
  Desktop& desktop = *known.desktop;
  ASSIGN_OR_RETURN(auto candidate, store_.FindCandidate(desktop.id));
  if (candidate) {
    for (auto& incarnation : candidate->incarnations) {
      Overlay(incarnation);
      memory_.touches.erase(incarnation.id);  // it would touch the desktop that it leaves
    }
    ASSIGN_OR_RETURN(SpentTokens spent, Spent({&*candidate, 1}));
    if (SplitCollision(*candidate, known.incarnation->id, spent, changes_)) {
      desktop.duplicate = "name_collision";
    }
  }
  known.incarnation->state = IncarnationState::kLive;
  changes_.incarnations.push_back(*known.incarnation);
  changes_.desktops.push_back(desktop);
  return {};
}

Result<Facts> Round::FactSetOf(const std::string& digest) {
  auto held = memory_.fact_sets.find(digest);
  if (held != memory_.fact_sets.end()) return held->second;
  ASSIGN_OR_RETURN(std::string text, store_.FactSet(digest));
  ASSIGN_OR_RETURN(Json json, ParseJson(text, "stored fact set"));
  ASSIGN_OR_RETURN(Facts facts, FactsFromJson(json));
  if (memory_.fact_sets.size() >= kMaxFactSetsInMemory) memory_.fact_sets.clear();
  memory_.fact_sets.emplace(digest, facts);
  return facts;
}

// Points the desktop at the profile of what it reports, judged under the policy in force. `facts`
// are those that came along, or none: then they are stored.
Result<void> Round::GiveProfile(const std::optional<Facts>& facts, Desktop& desktop) {
  Facts configuration;
  if (facts) {
    configuration = *facts;
  } else {
    ASSIGN_OR_RETURN(configuration, FactSetOf(desktop.facts_digest));
  }
  std::string fact_set = FactSetText(configuration);
  if (facts) changes_.fact_sets.emplace_back(desktop.facts_digest, fact_set);
  ASSIGN_OR_RETURN(std::vector<std::string> waivers, judge_.WaiversNaming(desktop));
  desktop.install_order =
      policy::Advance(std::move(desktop.install_order), configuration,
                      FactOf(desktop.per_desktop, "docker_desktop.installed_at"));
  Facts derived = DerivedFacts(desktop, configuration, judge_.PatternOf(desktop.pool_id));
  Profile profile = MakeProfile(desktop.pool_id, desktop.facts_digest, desktop.state,
                                std::move(derived), std::move(waivers));
  ASSIGN_OR_RETURN([[maybe_unused]] const Judgement* judgement,
                   judge_.JudgeProfile(profile, fact_set, changes_));
  desktop.profile = profile.digest;
  return {};
}

CheckInResponse Round::Answer(const CheckedIn& result, bool was_away,
                              std::string_view known_verdict) const {
  CheckInResponse answer;
  answer.need = result.need;
  answer.desktop = IdText(result.desktop.id);
  answer.pool = judge_.PoolNameOr(result.desktop.pool_id, "");
  answer.server_time = changes_.at;
  const bool first = result.incarnation.sequence <= 2;
  answer.next_in_s = result.need.empty() ? NextIn(options_.check_in_every, first || was_away) : 0;
  if (const Judgement* judgement = judge_.Find(result.desktop.profile)) {
    answer.verdict = judgement->tag;
    if (known_verdict == judgement->tag) return answer;
    answer.grade = ToString(judgement->grade);
    answer.rules = judgement->failing;
    answer.passed = judgement->passed;
  }
  return answer;
}

void Round::Keep(const CheckInRequest& request, CheckedIn result) {
  const Incarnation& incarnation = result.incarnation;
  if (!result.changed || result.repeated) {
    memory_.touches[incarnation.id] = {incarnation.id, incarnation.desktop_id, incarnation.sequence,
                                       changes_.at};
    return;
  }
  memory_.touches.erase(incarnation.id);
  memory_.dirty_pools.insert(result.desktop.pool_id);
  if (request.readings) {
    changes_.readings.emplace_back(request.readings_digest, CanonicalJson(*request.readings));
  }
  std::ranges::move(result.events, std::back_inserter(changes_.events));
  changes_.incarnations.push_back(std::move(result.incarnation));
  changes_.desktops.push_back(std::move(result.desktop));
}

void Round::Finish() {
  if (faults_ > 1) log_.Error("agents: {} were told so in this round", faults_);
  Result<void> stored = changes_.empty() ? Result<void>() : store_.Commit(changes_);
  if (!stored) {
    judge_.Forget(changes_);
    log_.Error("nothing of {} check-ins and enrolments was stored: {}", owed_.size(),
               stored.error().message);
  }
  for (auto& [reply, response] : owed_) {
    bool accepted = response.status < 300;
    reply(stored || !accepted ? std::move(response)
                              : ErrorResponse(503, Unavailable("the collector cannot store now")));
  }
}

}  // namespace vdiwatch::collector
