#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collector/store/store.h"
#include "report/claims.h"

namespace vdiwatch::collector {

// The machine slot that these claims name: host name within its domain; else Entra device, cloud VM
// id, SMBIOS UUID with the host name, and as the last resort the bare host name. Empty if there is
// none of them.
std::string SlotOf(const Claims& claims);

// Who somebody is, in the light of what the store knows (docs/identity.md has the table of cases).
enum class Identification {
  kSame,            // the incarnation's own desktop, as before
  kRenamed,         // its own desktop under another name
  kSuccessor,       // the slot was reset, recreated or reinstalled: its desktop, a new incarnation
  kProvisional,     // probably a successor; the earlier incarnation may still speak
  kNew,             // a desktop that was never seen
  kClonedIdentity,  // one incarnation alive on two machines: everybody who holds it enrols anew
  kNameCollision,   // another live desktop has that name: both are kept
};
std::string_view ToString(Identification identification);

struct Identified {
  Identification kind = Identification::kNew;
  std::int64_t desktop_id = 0;  // of the desktop it is; 0 for a new one
  std::string why;              // one sentence for the desktop's timeline
};

// Somebody who wants a desktop: its claims, its boot, the pool of its token.
struct Newcomer {
  Claims claims;
  std::string boot_id;
  std::int64_t pool_id = 0;
  std::optional<Incarnation> replaces;  // the incarnation it was told to give up, if it says so
  Time silent_before{};  // an incarnation not heard since then does not defend its slot
};

// Somebody who enrols: it has no past of its own, so its claims speak, and the one it replaces.
// Pure.
Identified IdentifyEnrolment(const Newcomer& newcomer, const std::vector<Candidate>& candidates);

// A known incarnation that checks in: same, renamed or cloned identity. Pure.
Identified IdentifyCheckIn(const Incarnation& incarnation, const Claims& claims,
                           std::string_view boot_id);

// A known incarnation of desktop `own` whose slot is another one now: renamed where nobody has that
// slot or its desktop has a past of its own, else its successor, provisional or name collision.
// Pure.
Identified IdentifyMove(const Desktop& own, const Newcomer& newcomer,
                        const std::vector<Candidate>& candidates);

// What it means that a superseded incarnation speaks again: its machine was not gone after all.
enum class ComeBack {
  kOver,       // it is no longer what it was, or never came first: it enrols anew
  kPutBack,    // a disk or a memory was put back; who took its place is gone
  kContested,  // who took its place is another machine: the one that came first keeps the desktop
};
// `slot` is its desktop with those who speak for it now. Pure.
ComeBack IdentifyComeBack(const Incarnation& back, const Claims& claims, std::string_view boot_id,
                          const Candidate& slot, Time silent_before);

// Whether this boot of the incarnation was over before. Pure.
bool ComesFromThePast(const Incarnation& incarnation, std::string_view boot_id);

// identity.duplicate of a desktop beside others that report: `none`, `shared_uuid` or
// `name_collision`. (`cloned_identity` is not seen from outside; it is kept by its own rules.)
// Pure.
std::string_view DuplicateOf(const Desktop& desktop, const std::vector<Candidate>& candidates);

// The same machine by what its hypervisor gave it, whatever its name: UUID or cloud id agree, or
// a network card is shared, and none of them disagrees.
bool SameMachine(const Claims& a, const Claims& b);

// An incarnation's past boots with this one in front: short digests, newest first, at most four.
std::string RememberBoot(std::string_view past_boots, std::string_view boot_id);

}  // namespace vdiwatch::collector
