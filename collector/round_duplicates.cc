// What a check-in means for other desktops: the slot that its machine moves to, and duplicates.
#include <algorithm>

#include "collector/round.h"

namespace vdiwatch::collector {
namespace {

constexpr std::int64_t kLookAgainEvery = 16;  // check-ins

}  // namespace

// The incarnation goes by another slot now. Whoever had that slot decides what it is.
Result<void> Round::FollowSlot(const CheckInRequest& request, const std::vector<Candidate>& rivals,
                               KnownIncarnation& known) {
  if (known.incarnation->state == IncarnationState::kProvisional) {
    const Candidate left{*known.desktop, {*known.incarnation}};
    ASSIGN_OR_RETURN(SpentTokens spent, Spent({&left, 1}));
    ASSIGN_OR_RETURN(known, LeaveSlot(known, spent, changes_));
  }
  Newcomer newcomer{.claims = request.claims,
                    .boot_id = request.boot_id,
                    .pool_id = known.desktop->pool_id,
                    .replaces = {},
                    .silent_before = SilentBefore()};
  Identified who = IdentifyMove(*known.desktop, newcomer, rivals);
  auto to = std::ranges::find_if(
      rivals, [&](const Candidate& rival) { return rival.desktop.id == who.desktop_id; });
  if (who.desktop_id == known.desktop->id || to == rivals.end()) return {};
  Candidate from{*known.desktop, {}};
  ASSIGN_OR_RETURN(auto stored, store_.FindCandidate(known.desktop->id));
  if (stored) from.incarnations = std::move(stored->incarnations);
  ASSIGN_OR_RETURN(SpentTokens spent, Spent({&*to, 1}));
  known = MoveToSlot(known, from, *to, newcomer, who, spent, changes_);
  return {};
}

// The incarnation that was superseded speaks again: whoever came first keeps the desktop.
Result<void> Round::ComeBackTo(const CheckInRequest& request, KnownIncarnation& known) {
  Desktop& desktop = *known.desktop;
  ASSIGN_OR_RETURN(auto candidate, store_.FindCandidate(desktop.id));
  if (!candidate) return {};
  for (auto& other : candidate->incarnations) Overlay(other);
  ComeBack back = IdentifyComeBack(*known.incarnation, request.claims, request.boot_id, *candidate,
                                   SilentBefore());
  if (back == ComeBack::kOver) return {};
  const bool contested = back == ComeBack::kContested;
  for (const auto& other : candidate->incarnations) memory_.touches.erase(other.id);
  ASSIGN_OR_RETURN(SpentTokens spent, Spent({&*candidate, 1}));
  TakeBack(*candidate, contested, SilentBefore(), spent, changes_);
  if (contested) {
    desktop.duplicate = "name_collision";
    desktop.last_boot.reset();  // it was another machine's
  }
  known.incarnation->state = IncarnationState::kLive;
  changes_.incarnations.push_back(*known.incarnation);
  changes_.desktops.push_back(desktop);
  return {};
}

// Marks are looked at again when something changed, and every few hours: whoever it was a
// duplicate of may be gone.
Result<void> Round::LookForDuplicates(const CheckInRequest& request, const Desktop& before,
                                      CheckedIn& result) {
  Desktop& desktop = result.desktop;
  if (result.incarnation.state != IncarnationState::kLive) return {};
  bool moved =
      desktop.slot != before.slot || desktop.claims.smbios_uuid != before.claims.smbios_uuid;
  bool marked = before.duplicate == "shared_uuid" || before.duplicate == "name_collision";
  bool again = marked && (result.changed || request.sequence % kLookAgainEvery == 0);
  if (!again && !moved) return {};
  // Whoever claimed its name in vain may come again: the mark outlives what they left here.
  bool lasts = desktop.duplicate == "name_collision" && request.sequence % kLookAgainEvery != 0;
  ASSIGN_OR_RETURN(std::vector<Candidate> candidates, Rivals(request.claims));
  if (desktop.id != before.id) {  // the one that it left is about to be retired
    std::erase_if(candidates, [&](const Candidate& c) { return c.desktop.id == before.id; });
  }
  std::string_view duplicate = DuplicateOf(desktop, candidates);
  if (desktop.duplicate != duplicate && desktop.duplicate != "cloned_identity" && !lasts) {
    desktop.duplicate = duplicate;
    result.changed = true;
  }
  return MarkDuplicates(desktop, candidates);
}

// Whoever has become a duplicate because of this desktop learns it now, not at its next report.
Result<void> Round::MarkDuplicates(const Desktop& desktop,
                                   const std::vector<Candidate>& candidates) {
  for (Desktop& other : NewlyDuplicate(desktop, candidates)) {
    if (!Hold("desktop:" + IdText(other.id)))
      continue;  // it speaks in this round, and learns it later
    if (!other.profile.empty()) RETURN_IF_ERROR(GiveProfile({}, other));
    changes_.desktops.push_back(std::move(other));
  }
  return {};
}

}  // namespace vdiwatch::collector
