#include "collector/enrolment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"

namespace vdiwatch::collector {
namespace {

Incarnation MakeIncarnation(const Enrolment& enrolment, std::int64_t desktop_id,
                            IncarnationState state, Time now) {
  Incarnation incarnation;
  incarnation.id = RandomId();
  incarnation.desktop_id = desktop_id;
  incarnation.key = enrolment.key;
  incarnation.state = state;
  incarnation.token_id = enrolment.token.id;
  incarnation.enrolled_at = now;
  incarnation.certificate_expires = enrolment.certificate_expires;
  incarnation.boot_id = enrolment.boot_id;
  incarnation.last_seen = now;
  incarnation.claims = enrolment.claims;
  return incarnation;
}

Desktop MakeDesktop(const Claims& claims, std::int64_t pool_id, Time now) {
  Desktop desktop;
  desktop.id = RandomId();
  desktop.pool_id = pool_id;
  desktop.slot = SlotOf(claims);
  desktop.claims = claims;
  desktop.created_at = now;
  desktop.last_seen = now;
  return desktop;
}

Result<void> OpenSlot(const Enrolment& enrolment, const Identified& who, Changes& changes) {
  const EnrolToken& token = enrolment.token;
  auto opened = std::ranges::count(changes.token_uses, token.id);
  if (token.max_uses > 0 && token.uses + opened >= token.max_uses) {
    return Denied(fmt::format("this enrolment token was for {} desktops, and has enrolled them",
                              token.max_uses));
  }
  Desktop desktop = MakeDesktop(enrolment.claims, token.pool_id, changes.at);
  if (who.kind == Identification::kNameCollision) desktop.duplicate = "name_collision";
  changes.token_uses.push_back(token.id);
  changes.incarnations.push_back(
      MakeIncarnation(enrolment, desktop.id, IncarnationState::kLive, changes.at));
  changes.events.push_back({desktop.id, changes.at, "enrolled", who.why});
  changes.desktops.push_back(std::move(desktop));
  return {};
}

void Supersede(const Candidate& candidate, Changes& changes) {
  for (Incarnation earlier : candidate.incarnations) {
    earlier.state = IncarnationState::kSuperseded;
    changes.incarnations.push_back(std::move(earlier));
  }
}

void Challenge(const Candidate& candidate, Changes& changes) {
  for (Incarnation earlier : candidate.incarnations) {
    bool first = earlier.state != IncarnationState::kProvisional;
    earlier.state = first ? IncarnationState::kChallenged : IncarnationState::kSuperseded;
    changes.incarnations.push_back(std::move(earlier));
  }
}

void Audit(std::string action, const Desktop& desktop, std::string detail, Changes& changes) {
  changes.audit.push_back(
      {changes.at, "collector", std::move(action),
       fmt::format("desktop {:016x} ({})", desktop.id, desktop.claims.host_name),
       std::move(detail)});
}

}  // namespace

Result<void> Enrol(const Enrolment& enrolment, const std::vector<Candidate>& candidates,
                   const Identified& who, Changes& changes) {
  auto candidate = std::ranges::find_if(
      candidates, [&](const Candidate& c) { return c.desktop.id == who.desktop_id; });
  if (candidate == candidates.end()) return OpenSlot(enrolment, who, changes);

  bool provisional = who.kind == Identification::kProvisional;
  if (provisional) {
    Challenge(*candidate, changes);
  } else {
    Supersede(*candidate, changes);
  }
  changes.incarnations.push_back(MakeIncarnation(
      enrolment, who.desktop_id,
      provisional ? IncarnationState::kProvisional : IncarnationState::kLive, changes.at));
  Desktop desktop = candidate->desktop;
  desktop.claims = enrolment.claims;
  desktop.presence = Presence::kLive;
  desktop.last_seen = changes.at;
  Audit(provisional ? "slot.takeover_claimed" : "slot.succeeded", desktop, who.why, changes);
  changes.events.push_back(
      {desktop.id, changes.at, provisional ? "takeover_claimed" : "succeeded", who.why});
  changes.desktops.push_back(std::move(desktop));
  return {};
}

void SettleTakeover(const Candidate& candidate, Changes& changes) {
  for (Incarnation incarnation : candidate.incarnations) {
    bool successor = incarnation.state == IncarnationState::kProvisional;
    incarnation.state = successor ? IncarnationState::kLive : IncarnationState::kSuperseded;
    changes.incarnations.push_back(std::move(incarnation));
  }
  const std::string why = "the earlier incarnation stayed silent";
  changes.events.push_back({candidate.desktop.id, changes.at, "superseded", why});
  Audit("slot.succeeded", candidate.desktop, why, changes);
}

void SplitCollision(const Candidate& candidate, std::int64_t spoke, Changes& changes) {
  const std::string why = "two live machines claim this name; both are kept";
  for (Incarnation incarnation : candidate.incarnations) {
    if (incarnation.id == spoke || incarnation.state != IncarnationState::kProvisional) continue;
    Desktop other = MakeDesktop(incarnation.claims, candidate.desktop.pool_id, changes.at);
    other.duplicate = "name_collision";
    incarnation.state = IncarnationState::kLive;
    incarnation.desktop_id = other.id;
    changes.events.push_back({other.id, changes.at, "name_collision", why});
    Audit("slot.name_collision", other, why, changes);
    changes.incarnations.push_back(std::move(incarnation));
    changes.desktops.push_back(std::move(other));
  }
  changes.events.push_back({candidate.desktop.id, changes.at, "name_collision", why});
}

}  // namespace vdiwatch::collector
