#include "collector/enrolment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"

namespace vdiwatch::collector {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kCloned = "cloned_identity";
constexpr std::string_view kCollision = "name_collision";

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
  incarnation.boot_id = enrolment.newcomer.boot_id;
  incarnation.last_seen = now;
  incarnation.claims = enrolment.newcomer.claims;
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

void Audit(std::string action, const Desktop& desktop, std::string detail, Changes& changes) {
  changes.audit.push_back(
      {changes.at, "collector", std::move(action),
       fmt::format("desktop {:016x} ({})", desktop.id, desktop.claims.host_name),
       std::move(detail)});
}

// It held a key that is alive on two machines: that is how it became a desktop of its own.
bool HeldClonedKey(const Newcomer& newcomer) {
  return newcomer.replaces && newcomer.replaces->state == IncarnationState::kCloned;
}

std::string_view MarkOf(const Newcomer& newcomer, const Identified& who, const Desktop& desktop,
                        const std::vector<Candidate>& candidates) {
  if (who.kind == Identification::kNameCollision) return kCollision;
  return HeldClonedKey(newcomer) ? kCloned : DuplicateOf(desktop, candidates);
}

Error Spent(const EnrolToken& token) {
  return Denied(fmt::format("this enrolment token was for {} desktops, and has enrolled them",
                            token.max_uses));
}

Result<void> OpenSlot(const Enrolment& enrolment, const std::vector<Candidate>& candidates,
                      const Identified& who, Changes& changes) {
  const EnrolToken& token = enrolment.token;
  if (IsSpent(token, changes)) return Spent(token);
  Desktop desktop = MakeDesktop(enrolment.newcomer.claims, token.pool_id, changes.at);
  desktop.duplicate = MarkOf(enrolment.newcomer, who, desktop, candidates);
  changes.token_uses.push_back(token.id);
  changes.incarnations.push_back(
      MakeIncarnation(enrolment, desktop.id, IncarnationState::kLive, changes.at));
  changes.events.push_back({desktop.id, changes.at, "enrolled", who.why});
  changes.desktops.push_back(std::move(desktop));
  return {};
}

// Sends a challenger away: there is no desktop left for it.
void Refuse(const Desktop& contested, Incarnation challenger, Changes& changes) {
  const std::string why = "somebody claimed this name with a token that has no desktop left";
  challenger.state = IncarnationState::kSuperseded;
  changes.incarnations.push_back(std::move(challenger));
  changes.events.push_back({contested.id, changes.at, "takeover_refused", why});
  Audit("slot.takeover_refused", contested, why, changes);
}

// Gives an incarnation a desktop of its own. That opens a slot, which its token pays for.
Desktop SplitOff(Incarnation incarnation, std::int64_t pool_id, const std::string& why,
                 Changes& changes) {
  Desktop other = MakeDesktop(incarnation.claims, pool_id, changes.at);
  other.duplicate = kCollision;
  incarnation.state = IncarnationState::kLive;
  incarnation.desktop_id = other.id;
  if (incarnation.token_id != 0) changes.token_uses.push_back(incarnation.token_id);
  changes.events.push_back({other.id, changes.at, "name_collision", why});
  Audit("slot.name_collision", other, why, changes);
  changes.incarnations.push_back(std::move(incarnation));
  changes.desktops.push_back(other);
  return other;
}

// Two machines claim one desktop: this one gets its own, or goes where its token has none left.
// Whether it got one.
bool Part(const Desktop& contested, Incarnation other, const std::string& why,
          const SpentTokens& spent, Changes& changes) {
  if (spent.contains(other.token_id)) {
    Refuse(contested, std::move(other), changes);
    return false;
  }
  SplitOff(std::move(other), contested.pool_id, why, changes);
  return true;
}

// The newcomer is the desktop from now on. A challenger that still speaks is somebody else.
void Supersede(const Candidate& candidate, const Newcomer& newcomer, const SpentTokens& spent,
               Changes& changes) {
  for (Incarnation earlier : candidate.incarnations) {
    bool other = earlier.state == IncarnationState::kProvisional &&
                 earlier.last_seen >= newcomer.silent_before &&
                 !SameMachine(earlier.claims, newcomer.claims);
    if (other) {
      Part(candidate.desktop, std::move(earlier),
           "the machine whose name it claimed is still there; both are kept", spent, changes);
      continue;
    }
    earlier.state = IncarnationState::kSuperseded;
    changes.incarnations.push_back(std::move(earlier));
  }
}

void Challenge(const Candidate& candidate, Changes& changes) {
  for (Incarnation earlier : candidate.incarnations) {
    bool owner = earlier.state != IncarnationState::kProvisional;
    earlier.state = owner ? IncarnationState::kChallenged : IncarnationState::kSuperseded;
    changes.incarnations.push_back(std::move(earlier));
  }
}

// What becomes of those who spoke for this desktop, and the line about it.
void TakeOver(const Candidate& candidate, const Newcomer& newcomer, const Identified& who,
              const SpentTokens& spent, Changes& changes) {
  bool provisional = who.kind == Identification::kProvisional;
  if (provisional) {
    Challenge(candidate, changes);
  } else {
    Supersede(candidate, newcomer, spent, changes);
  }
  Audit(provisional ? "slot.takeover_claimed" : "slot.succeeded", candidate.desktop, who.why,
        changes);
  changes.events.push_back(
      {candidate.desktop.id, changes.at, provisional ? "takeover_claimed" : "succeeded", who.why});
}

IncarnationState StateAfter(const Identified& who) {
  return who.kind == Identification::kProvisional ? IncarnationState::kProvisional
                                                  : IncarnationState::kLive;
}

}  // namespace

bool IsSpent(const EnrolToken& token, const Changes& changes) {
  return token.max_uses > 0 &&
         token.uses + std::ranges::count(changes.token_uses, token.id) >= token.max_uses;
}

Result<void> Enrol(const Enrolment& enrolment, const std::vector<Candidate>& candidates,
                   const Identified& who, Changes& changes) {
  auto candidate = std::ranges::find_if(
      candidates, [&](const Candidate& c) { return c.desktop.id == who.desktop_id; });
  if (candidate == candidates.end()) return OpenSlot(enrolment, candidates, who, changes);

  // A name that its desktop defended before is not claimed again for nothing.
  bool contested =
      who.kind == Identification::kProvisional && candidate->desktop.duplicate == kCollision;
  if (contested && IsSpent(enrolment.token, changes)) return Spent(enrolment.token);

  const Newcomer& newcomer = enrolment.newcomer;
  TakeOver(*candidate, newcomer, who, enrolment.spent, changes);
  changes.incarnations.push_back(
      MakeIncarnation(enrolment, who.desktop_id, StateAfter(who), changes.at));
  Desktop desktop = candidate->desktop;
  if (who.kind == Identification::kSuccessor) {  // whoever is provisional changes nothing yet
    desktop.claims = newcomer.claims;
    desktop.slot = SlotOf(newcomer.claims);
    desktop.presence = Presence::kLive;
    desktop.last_seen = changes.at;
    desktop.duplicate = MarkOf(newcomer, who, desktop, candidates);
  }
  changes.desktops.push_back(std::move(desktop));
  return {};
}

void SettleTakeover(const Candidate& candidate, Changes& changes) {
  Desktop desktop = candidate.desktop;
  for (Incarnation incarnation : candidate.incarnations) {
    bool successor = incarnation.state == IncarnationState::kProvisional;
    incarnation.state = successor ? IncarnationState::kLive : IncarnationState::kSuperseded;
    if (successor) {
      desktop.claims = incarnation.claims;
      desktop.slot = SlotOf(incarnation.claims);
      desktop.presence = Presence::kLive;
      desktop.last_seen = std::max(desktop.last_seen, incarnation.last_seen);
    }
    changes.incarnations.push_back(std::move(incarnation));
  }
  changes.desktops.push_back(std::move(desktop));
  const std::string why = "the earlier incarnation stayed silent";
  changes.events.push_back({candidate.desktop.id, changes.at, "superseded", why});
  Audit("slot.succeeded", candidate.desktop, why, changes);
}

bool SplitCollision(const Candidate& candidate, std::int64_t spoke, const SpentTokens& spent,
                    Changes& changes) {
  const std::string why = "two live machines claim this name; both are kept";
  bool any = false, both = false;
  for (const Incarnation& incarnation : candidate.incarnations) {
    if (incarnation.id == spoke || incarnation.state != IncarnationState::kProvisional) continue;
    any = true;
    both |= Part(candidate.desktop, incarnation, why, spent, changes);
  }
  if (both) changes.events.push_back({candidate.desktop.id, changes.at, "name_collision", why});
  return any;
}

void TakeBack(const Candidate& candidate, bool contested, Time silent_before,
              const SpentTokens& spent, Changes& changes) {
  const std::string why = contested ? "the machine that was superseded here is still there"
                                    : "the machine that was superseded here was put back";
  for (Incarnation other : candidate.incarnations) {
    if (!contested || other.last_seen < silent_before) {
      other.state = IncarnationState::kSuperseded;
      changes.incarnations.push_back(std::move(other));
    } else {
      Part(candidate.desktop, std::move(other), why, spent, changes);
    }
  }
  changes.events.push_back({candidate.desktop.id, changes.at, "taken_back", why});
  Audit("slot.taken_back", candidate.desktop, why, changes);
}

Result<KnownIncarnation> LeaveSlot(const KnownIncarnation& known, const SpentTokens& spent,
                                   Changes& changes) {
  if (spent.contains(known.incarnation->token_id)) {
    return Denied("the enrolment token has no desktop left for another name");
  }
  KnownIncarnation own = known;
  own.desktop = SplitOff(*known.incarnation, known.desktop->pool_id,
                         "it claimed a name and goes by another now", changes);
  own.incarnation->desktop_id = own.desktop->id;
  own.incarnation->state = IncarnationState::kLive;
  return own;
}

KnownIncarnation MoveToSlot(const KnownIncarnation& known, const Candidate& from,
                            const Candidate& to, const Newcomer& newcomer, const Identified& who,
                            const SpentTokens& spent, Changes& changes) {
  TakeOver(to, newcomer, who, spent, changes);
  bool others = std::ranges::any_of(from.incarnations, [&](const Incarnation& incarnation) {
    return incarnation.id != known.incarnation->id;
  });
  if (!others) {
    Desktop left = from.desktop;
    left.presence = Presence::kRetired;
    changes.events.push_back({left.id, changes.at, "merged",
                              fmt::format("its machine goes on as {}, desktop {}",
                                          newcomer.claims.host_name, IdText(to.desktop.id))});
    changes.desktops.push_back(std::move(left));
  }
  KnownIncarnation moved = known;
  moved.incarnation->desktop_id = to.desktop.id;
  moved.incarnation->state = StateAfter(who);
  moved.desktop = to.desktop;
  return moved;
}

std::vector<Desktop> NewlyDuplicate(const Desktop& desktop,
                                    const std::vector<Candidate>& candidates) {
  std::vector<Desktop> marked;
  for (const auto& candidate : candidates) {
    if (candidate.desktop.id == desktop.id || candidate.desktop.duplicate != kNone) continue;
    std::string_view duplicate = DuplicateOf(desktop, {candidate});
    if (duplicate == kNone) continue;
    Desktop other = candidate.desktop;
    other.duplicate = duplicate;
    marked.push_back(std::move(other));
  }
  return marked;
}

}  // namespace vdiwatch::collector
