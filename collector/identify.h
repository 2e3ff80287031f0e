#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "collector/store/store.h"
#include "report/claims.h"

namespace vdiwatch::collector {

// The machine slot that these claims name: host name within its domain; else Entra device, cloud VM
// id, SMBIOS UUID, and as the last resort the bare host name. Empty if there is none of them.
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

// An incarnation that enrols: it has no past of its own, so only its claims speak. `silent_before`:
// an incarnation not heard since then does not defend its slot. Pure.
Identified IdentifyEnrolment(const Claims& claims, std::string_view boot_id, std::int64_t pool_id,
                             const std::vector<Candidate>& candidates, Time silent_before);

// A known incarnation that checks in. Pure.
Identified IdentifyCheckIn(const Incarnation& incarnation, const Claims& claims,
                           std::string_view boot_id);

}  // namespace vdiwatch::collector
