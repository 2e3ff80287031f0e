#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "collector/round.h"
#include "collector/token.h"

// Rounds: what enrolments and renewals do in them.
namespace vdiwatch::collector {

// Tokens without a desktop left, of those that whoever speaks for these desktops came with.
Result<SpentTokens> Round::Spent(std::span<const Candidate> candidates) {
  SpentTokens asked, spent;
  for (const auto& candidate : candidates) {
    for (const auto& incarnation : candidate.incarnations) {
      asked.insert(incarnation.token_id);
    }
  }
  if (asked.empty()) return spent;
  ASSIGN_OR_RETURN(std::vector<EnrolToken> tokens, store_.EnrolTokens());
  for (const auto& token : tokens) {
    if (asked.contains(token.id) && IsSpent(token, changes_)) spent.insert(token.id);
  }
  return spent;
}

bool Round::TakeEnrol(EnrolJob& job) {
  auto fail = [&](Response response) {
    Owe(std::move(job.reply), std::move(response));
    return true;
  };
  auto token = store_.FindEnrolToken(job.token_hash);
  if (!token) return fail(ErrorResponse(token.error()));
  if (!*token) {
    return fail(ErrorResponse(401, Denied("this enrolment token is not known here")));
  }
  auto allowed = CheckToken(**token, job.remote_ip, changes_.at);
  if (!allowed) return fail(ErrorResponse(allowed.error()));
  auto known = Look({job.key, "", ""});
  if (!known) return fail(ErrorResponse(known.error()));
  auto candidates = Rivals(job.request.claims);
  if (!candidates) return fail(ErrorResponse(candidates.error()));
  // A desktop that somebody in this round speaks for is decided in the next one.
  std::vector<std::string> names = {"key:" + job.key, "slot:" + SlotOf(job.request.claims)};
  if (known->desktop) names.push_back(DesktopName(known->desktop->id));
  for (const auto& candidate : *candidates) names.push_back(DesktopName(candidate.desktop.id));
  if (!Claim(names)) return false;
  auto answer =
      known->incarnation ? EnrolledAgain(job, *known) : Enrolled(job, **token, *candidates);
  Owe(std::move(job.reply), answer ? Ok(ToJson(*answer)) : ErrorResponse(answer.error()));
  return true;
}

// The answer to an earlier enrolment was lost: the same again.
Result<EnrolResponse> Round::EnrolledAgain(EnrolJob& job, const KnownIncarnation& known) {
  Incarnation again = *known.incarnation;
  if (IsOver(again.state)) return Conflict("this key has served before; enrol with a new one");
  if (again.state == IncarnationState::kRevoked) return Denied("this key was revoked");
  again.certificate_expires = job.certificate_expires;
  changes_.incarnations.push_back(std::move(again));
  return EnrolResponse{job.certificate, ca_certificate_,
                       judge_.PoolNameOr(known.desktop->pool_id, "")};
}

Result<EnrolResponse> Round::Enrolled(EnrolJob& job, const EnrolToken& token,
                                      const std::vector<Candidate>& candidates) {
  Newcomer newcomer{.claims = job.request.claims,
                    .boot_id = job.request.boot_id,
                    .pool_id = token.pool_id,
                    .replaces = {},
                    .silent_before = SilentBefore()};
  if (!job.request.replaces.empty()) {
    ASSIGN_OR_RETURN(KnownIncarnation replaced, Look({*Unhex(job.request.replaces), "", ""}));
    newcomer.replaces = std::move(replaced.incarnation);
  }
  Identified who = IdentifyEnrolment(newcomer, AtHome(token, candidates));
  log_.Debug("enrols {}: {}, {}", Printable(newcomer.claims.host_name), ToString(who.kind),
             who.why);
  ASSIGN_OR_RETURN(SpentTokens spent, Spent(candidates));
  RETURN_IF_ERROR(Enrol({.key = job.key,
                         .newcomer = std::move(newcomer),
                         .token = token,
                         .certificate_expires = job.certificate_expires,
                         .spent = std::move(spent)},
                        candidates, who, changes_));
  Desktop desktop = changes_.desktops.back();
  RETURN_IF_ERROR(MarkDuplicates(desktop, candidates));
  memory_.dirty_pools.insert(token.pool_id);
  ASSIGN_OR_RETURN(std::string pool, HomeOf(token.id));  // the judge may not know a new one yet
  return EnrolResponse{job.certificate, ca_certificate_, std::move(pool)};
}

bool Round::TakeRenew(RenewJob& job) {
  auto fail = [&](Response response) {
    Owe(std::move(job.reply), std::move(response));
    return true;
  };
  auto known = Look({job.key, "", ""});
  if (!known) return fail(ErrorResponse(known.error()));
  if (!known->incarnation || !known->desktop) {
    return fail(ErrorResponse(401, UnknownCertificate()));
  }
  if (!Claim({"key:" + job.key, DesktopName(known->desktop->id)})) return false;
  Incarnation incarnation = *known->incarnation;
  if (incarnation.state == IncarnationState::kRevoked) {
    return fail(ErrorResponse(Denied("this agent's certificate was revoked")));
  }
  if (IsOver(incarnation.state)) {
    return fail(ErrorResponse(Conflict("this key has served before; enrol with a new one")));
  }
  incarnation.certificate_expires = job.certificate_expires;
  changes_.incarnations.push_back(std::move(incarnation));
  EnrolResponse answer{job.certificate, ca_certificate_,
                       judge_.PoolNameOr(known->desktop->pool_id, "")};
  Owe(std::move(job.reply), Ok(ToJson(answer)));
  return true;
}

}  // namespace vdiwatch::collector
