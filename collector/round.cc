#include "collector/round.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

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

Response Ok(const Json& body) { return {.status = 200, .body = body.dump(), .retry_after_s = {}}; }

Error UnknownCertificate() {
  return Denied("this certificate is not known here; enrol with a token");
}

}  // namespace

Response ErrorResponse(int status, const Error& error) {
  Json body = {{"error", {{"kind", ToString(error.kind)}, {"message", error.message}}}};
  Response response{.status = status, .body = body.dump(), .retry_after_s = {}};
  if (status == 503) response.retry_after_s = RandomBetween(20, 60);
  return response;
}

Response ErrorResponse(const Error& error) { return ErrorResponse(HttpStatus(error.kind), error); }

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
  return true;
}

void Round::Owe(Reply reply, Response response) {
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

bool Round::TakeCheckIn(CheckInJob& job) {
  const CheckInRequest& request = job.request;
  auto known = Look({job.key, request.facts_digest, request.readings_digest});
  if (!known) {
    Owe(std::move(job.reply), ErrorResponse(known.error()));
    return true;
  }
  if (!known->incarnation || !known->desktop) {
    Owe(std::move(job.reply), ErrorResponse(401, UnknownCertificate()));
    return true;
  }
  if (!Claim({"key:" + job.key, "desktop:" + IdText(known->desktop->id)})) return false;
  auto answer = CheckIn(job, *known);
  Owe(std::move(job.reply), answer ? Ok(ToJson(*answer)) : ErrorResponse(answer.error()));
  return true;
}

Result<CheckInResponse> Round::CheckIn(CheckInJob& job, const KnownIncarnation& found) {
  KnownIncarnation known = found;
  if (known.incarnation->state == IncarnationState::kChallenged) {
    RETURN_IF_ERROR(ResolveChallenge(known));
  }
  ASSIGN_OR_RETURN(CheckedIn result, ApplyCheckIn(job.request, known, changes_.at));
  if (!result.repeated && result.need.empty()) {
    RETURN_IF_ERROR(GivePool(job.request, result));
    std::string before = result.desktop.profile;
    bool stale_verdict = judge_.Find(before) == nullptr;
    if (result.changed || stale_verdict) {
      RETURN_IF_ERROR(GiveProfile(job.request, known.has_facts, result.desktop));
      result.changed |= result.desktop.profile != before;
    }
  }
  // Later than the longest that anybody is told to wait.
  bool was_away = changes_.at > found.incarnation->last_seen + options_.check_in_every * 8 / 5;
  CheckInResponse answer = Answer(result, was_away);
  if (!result.repeated) Keep(job.request, std::move(result));
  return answer;
}

// The incarnation whose slot was claimed speaks: it keeps its desktop, the others get their own.
Result<void> Round::ResolveChallenge(KnownIncarnation& known) {
  Desktop& desktop = *known.desktop;
  ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                   store_.FindCandidates(desktop.slot, known.incarnation->claims));
  for (const auto& candidate : candidates) {
    if (candidate.desktop.id == desktop.id) {
      SplitCollision(candidate, known.incarnation->id, changes_);
      desktop.duplicate = "name_collision";
    }
  }
  known.incarnation->state = IncarnationState::kLive;
  changes_.incarnations.push_back(*known.incarnation);
  changes_.desktops.push_back(desktop);
  return {};
}

Result<Facts> Round::FactSetOf(const CheckInRequest& request) {
  if (request.facts) return *request.facts;
  auto held = memory_.fact_sets.find(request.facts_digest);
  if (held != memory_.fact_sets.end()) return held->second;
  ASSIGN_OR_RETURN(std::string text, store_.FactSet(request.facts_digest));
  ASSIGN_OR_RETURN(Json json, ParseJson(text, "stored fact set"));
  ASSIGN_OR_RETURN(Facts facts, FactsFromJson(json));
  if (memory_.fact_sets.size() >= kMaxFactSetsInMemory) memory_.fact_sets.clear();
  memory_.fact_sets.emplace(request.facts_digest, facts);
  return facts;
}

// Points the desktop at the profile of what it reports, judged under the policy in force.
Result<void> Round::GiveProfile(const CheckInRequest& request, bool has_facts, Desktop& desktop) {
  ASSIGN_OR_RETURN(Facts configuration, FactSetOf(request));
  std::string fact_set = FactSetText(configuration);
  if (!has_facts) changes_.fact_sets.emplace_back(request.facts_digest, fact_set);
  ASSIGN_OR_RETURN(std::vector<std::string> waivers, judge_.WaiversNaming(desktop));
  Profile profile = MakeProfile(desktop.pool_id, request.facts_digest, desktop.state,
                                DerivedFacts(desktop, configuration), std::move(waivers));
  ASSIGN_OR_RETURN([[maybe_unused]] const Judgement* judgement,
                   judge_.JudgeProfile(profile, fact_set, changes_));
  desktop.profile = profile.digest;
  return {};
}

CheckInResponse Round::Answer(const CheckedIn& result, bool was_away) const {
  CheckInResponse answer;
  answer.need = result.need;
  answer.desktop = IdText(result.desktop.id);
  answer.pool = judge_.PoolNameOr(result.desktop.pool_id, "");
  answer.server_time = changes_.at;
  const bool first = result.incarnation.sequence <= 2;
  answer.next_in_s = result.need.empty() ? NextIn(options_.check_in_every, first || was_away) : 0;
  if (const Judgement* judgement = judge_.Find(result.desktop.profile)) {
    answer.grade = ToString(judgement->grade);
    answer.rules = judgement->failing;
  }
  return answer;
}

void Round::Keep(const CheckInRequest& request, CheckedIn result) {
  const Incarnation& incarnation = result.incarnation;
  if (!result.changed) {
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

bool Round::TakeEnrol(EnrolJob& job) {
  auto fail = [&](const Error& error) {
    Owe(std::move(job.reply), ErrorResponse(error));
    return true;
  };
  std::string slot = SlotOf(job.request.claims);
  if (!Claim({"key:" + job.key, "slot:" + slot})) return false;
  auto token = store_.FindEnrolToken(job.token_hash);
  if (!token) return fail(token.error());
  if (!*token) {
    Owe(std::move(job.reply), ErrorResponse(401, Denied("this enrolment token is not known here")));
    return true;
  }
  auto allowed = CheckToken(**token, job.remote_ip, changes_.at);
  if (!allowed) return fail(allowed.error());
  auto known = Look({job.key, "", ""});
  if (!known) return fail(known.error());
  auto candidates = store_.FindCandidates(slot, job.request.claims);
  if (!candidates) return fail(candidates.error());
  // A desktop that somebody in this round speaks for is decided in the next one.
  for (const auto& candidate : *candidates) {
    if (claimed_.contains("desktop:" + IdText(candidate.desktop.id))) {
      claimed_.erase("key:" + job.key);
      claimed_.erase("slot:" + slot);
      return false;
    }
  }
  auto answer = Enrolled(job, known->incarnation, **token, std::move(*candidates));
  if (!answer) return fail(answer.error());
  Owe(std::move(job.reply), Ok(ToJson(*answer)));
  return true;
}

Result<EnrolResponse> Round::Enrolled(EnrolJob& job, const std::optional<Incarnation>& known,
                                      const EnrolToken& token, std::vector<Candidate> candidates) {
  EnrolResponse answer{job.certificate, ca_certificate_, judge_.PoolNameOr(token.pool_id, "")};
  if (known) {  // the answer to an earlier enrolment was lost: the same again
    if (known->state == IncarnationState::kCloned ||
        known->state == IncarnationState::kSuperseded) {
      return Conflict("this key has served before; enrol with a new one");
    }
    if (known->state == IncarnationState::kRevoked) return Denied("this key was revoked");
    Incarnation again = *known;
    again.certificate_expires = job.certificate_expires;
    changes_.incarnations.push_back(std::move(again));
    return answer;
  }
  for (auto& candidate : candidates) {
    claimed_.insert("desktop:" + IdText(candidate.desktop.id));
    for (auto& incarnation : candidate.incarnations) Overlay(incarnation);
  }
  Identified who = IdentifyEnrolment(job.request.claims, job.request.boot_id, token.pool_id,
                                     AtHome(token, candidates), SilentBefore());
  RETURN_IF_ERROR(Enrol({.key = job.key,
                         .claims = job.request.claims,
                         .boot_id = job.request.boot_id,
                         .token = token,
                         .certificate_expires = job.certificate_expires},
                        candidates, who, changes_));
  memory_.dirty_pools.insert(token.pool_id);
  log_.Debug("enrolled {}: {}, {}", Printable(job.request.claims.host_name), ToString(who.kind),
             who.why);
  return answer;
}

bool Round::TakeRenew(RenewJob& job) {
  if (!Claim({"key:" + job.key})) return false;
  auto known = Look({job.key, "", ""});
  if (!known) {
    Owe(std::move(job.reply), ErrorResponse(known.error()));
    return true;
  }
  if (!known->incarnation) {
    Owe(std::move(job.reply), ErrorResponse(401, UnknownCertificate()));
    return true;
  }
  Incarnation incarnation = *known->incarnation;
  if (incarnation.state == IncarnationState::kRevoked) {
    Owe(std::move(job.reply), ErrorResponse(Denied("this agent's certificate was revoked")));
    return true;
  }
  incarnation.certificate_expires = job.certificate_expires;
  changes_.incarnations.push_back(std::move(incarnation));
  EnrolResponse answer{job.certificate, ca_certificate_,
                       known->desktop ? judge_.PoolNameOr(known->desktop->pool_id, "") : ""};
  Owe(std::move(job.reply), Ok(ToJson(answer)));
  return true;
}

void Round::Finish() {
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
