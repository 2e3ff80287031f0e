#include "collector/identify.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::collector {
namespace {

constexpr std::size_t kPastBoots = 4;
constexpr std::size_t kBootDigest = 8;  // hexadecimal digits; a chance hit costs one enrolment

bool Differ(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && a != b; }
bool Agree(std::string_view a, std::string_view b) { return !a.empty() && a == b; }

std::string_view UuidOf(const Claims& claims) {
  return IsPlaceholderUuid(claims.smbios_uuid) ? std::string_view() : claims.smbios_uuid;
}

bool UuidsAgree(const Claims& a, const Claims& b) { return Agree(UuidOf(a), UuidOf(b)); }

bool IdsDiffer(const Claims& a, const Claims& b) {
  return Differ(UuidOf(a), UuidOf(b)) || Differ(a.cloud_vm_id, b.cloud_vm_id);
}

bool SharesNetworkCard(const Claims& a, const Claims& b) {
  return std::ranges::any_of(a.mac_digests, [&](const std::string& mac) {
    return std::ranges::find(b.mac_digests, mac) != b.mac_digests.end();
  });
}

// No network card in common, where both sides tell any.
bool NetworkCardsDiffer(const Claims& a, const Claims& b) {
  return !a.mac_digests.empty() && !b.mac_digests.empty() && !SharesNetworkCard(a, b);
}

std::string BootDigest(std::string_view boot_id) {
  return Hex(Sha256(boot_id)).substr(0, kBootDigest);
}

// A name as a part of a slot: no name can hold what parts two names.
std::string Part(std::string_view name) {
  std::string part(name);
  std::ranges::replace(part, '/', '\\');
  return part;
}

bool IsOwner(const Incarnation& incarnation) {
  return incarnation.state != IncarnationState::kProvisional;
}

// Those of a desktop's incarnations that still defend its slot, as far as anybody can tell.
struct Defence {
  const Incarnation* owner = nullptr;
  const Incarnation* challenger = nullptr;  // provisional
  bool any() const { return owner != nullptr || challenger != nullptr; }
};

// Who said goodbye last does not defend; who spoke before somebody else's goodbye does.
Defence DefenceOf(const Candidate& candidate, Time silent_before) {
  Defence defence;
  auto spoke_last = [&](const Incarnation& incarnation) {
    return incarnation.last_seen >= candidate.desktop.last_seen;
  };
  bool one_left = candidate.desktop.presence == Presence::kOff &&
                  std::ranges::count_if(candidate.incarnations, spoke_last) == 1;
  for (const auto& incarnation : candidate.incarnations) {
    if (incarnation.last_seen < silent_before) continue;
    if (one_left && spoke_last(incarnation)) continue;
    (IsOwner(incarnation) ? defence.owner : defence.challenger) = &incarnation;
  }
  return defence;
}

// The newcomer was told to give up a key of this desktop, and is still in the boot in which it
// held it: it never went away, so whoever took its place is another machine.
bool WasOusted(const Newcomer& newcomer, const Candidate& candidate, const Defence& defence) {
  const auto& replaced = newcomer.replaces;
  return replaced && replaced->desktop_id == candidate.desktop.id &&
         replaced->state == IncarnationState::kSuperseded &&
         replaced->boot_id == newcomer.boot_id && defence.owner != nullptr &&
         defence.owner->boot_id != newcomer.boot_id;
}

// How well a desktop with the newcomer's slot suits it; more is better.
enum class Fit { kOfAnotherMachine, kUndefended, kItsOwn, kItsOwnAndUndefended };

Fit FitOf(const Newcomer& newcomer, const Candidate& candidate) {
  Defence defence = DefenceOf(candidate, newcomer.silent_before);
  if (WasOusted(newcomer, candidate, defence)) return Fit::kOfAnotherMachine;
  bool own = std::ranges::any_of(candidate.incarnations, [&](const Incarnation& incarnation) {
    return IsOwner(incarnation) && SameMachine(incarnation.claims, newcomer.claims);
  });
  if (own) return defence.any() ? Fit::kItsOwn : Fit::kItsOwnAndUndefended;
  return defence.owner == nullptr ? Fit::kUndefended : Fit::kOfAnotherMachine;
}

Identified Takes(const Newcomer& newcomer, const Candidate& candidate) {
  const std::int64_t desktop = candidate.desktop.id;
  Defence defence = DefenceOf(candidate, newcomer.silent_before);
  bool challenger_is_another =
      defence.challenger && !SameMachine(defence.challenger->claims, newcomer.claims);
  switch (FitOf(newcomer, candidate)) {
    case Fit::kItsOwn:
      // Somebody else has claimed to be this machine before: whoever speaks first is believed.
      if (candidate.desktop.duplicate == "name_collision") {
        return {Identification::kProvisional, desktop,
                "a machine that others claim to be enrolled anew while it may still speak"};
      }
      [[fallthrough]];
    case Fit::kItsOwnAndUndefended:
      return {Identification::kSuccessor, desktop,
              defence.owner && defence.owner->boot_id == newcomer.boot_id
                  ? "the same machine enrolled anew"
                  : "the same machine came back without its identity"};
    case Fit::kUndefended:
      if (challenger_is_another) break;
      return {Identification::kSuccessor, desktop,
              candidate.desktop.presence == Presence::kOff
                  ? "the earlier incarnation had said goodbye"
                  : "the earlier incarnation has been silent"};
    case Fit::kOfAnotherMachine:
      if (challenger_is_another || WasOusted(newcomer, candidate, defence)) break;
      return {Identification::kProvisional, desktop,
              "another machine enrolled under this name while the earlier one may still speak"};
  }
  return {Identification::kNameCollision, 0, "several live machines claim this name"};
}

// Of the pool's desktops with this slot the one that suits best, the newest seen among equals.
const Candidate* BestOfSlot(const Newcomer& newcomer, const std::vector<Candidate>& candidates,
                            std::int64_t except) {
  const std::string slot = SlotOf(newcomer.claims);
  const Candidate* best = nullptr;
  for (const auto& candidate : candidates) {
    if (slot.empty() || candidate.desktop.slot != slot || candidate.desktop.id == except ||
        candidate.desktop.pool_id != newcomer.pool_id) {
      continue;
    }
    if (!best || FitOf(newcomer, candidate) > FitOf(newcomer, *best)) best = &candidate;
  }
  return best;
}

// The pool's one desktop that was this machine under another name. UUIDs alone do not tell, since
// hypervisors copy them: a network card must be shared, too.
const Candidate* UnderAnotherName(const Newcomer& newcomer,
                                  const std::vector<Candidate>& candidates) {
  const Candidate* found = nullptr;
  for (const auto& candidate : candidates) {
    if (candidate.desktop.pool_id != newcomer.pool_id) continue;
    bool own = std::ranges::any_of(candidate.incarnations, [&](const Incarnation& incarnation) {
      return IsOwner(incarnation) && SameMachine(incarnation.claims, newcomer.claims) &&
             SharesNetworkCard(incarnation.claims, newcomer.claims);
    });
    Defence defence = DefenceOf(candidate, newcomer.silent_before);
    if (!own || WasOusted(newcomer, candidate, defence)) continue;
    if (found) return nullptr;
    found = &candidate;
  }
  return found;
}

bool HeldInAnotherPool(const Newcomer& newcomer, const std::vector<Candidate>& candidates) {
  const std::string slot = SlotOf(newcomer.claims);
  return std::ranges::any_of(candidates, [&](const Candidate& candidate) {
    return !slot.empty() && candidate.desktop.slot == slot &&
           candidate.desktop.pool_id != newcomer.pool_id &&
           DefenceOf(candidate, newcomer.silent_before).any();
  });
}

}  // namespace

// A boot that was over cannot go on: whoever speaks from it is another machine, or memory that
// was put back.
bool ComesFromThePast(const Incarnation& incarnation, std::string_view boot_id) {
  if (incarnation.boot_id == boot_id || incarnation.past_boots.empty()) return false;
  std::string digest = BootDigest(boot_id);
  for (std::string_view past : Split(incarnation.past_boots, ' ')) {
    if (past == digest) return true;
  }
  return false;
}

ComeBack IdentifyComeBack(const Incarnation& back, const Claims& claims, std::string_view boot_id,
                          const Candidate& slot, Time silent_before) {
  auto came_first = [&](const Incarnation& other) {
    return std::pair(other.enrolled_at, other.id) < std::pair(back.enrolled_at, back.id);
  };
  if (slot.incarnations.empty() || std::ranges::any_of(slot.incarnations, came_first) ||
      IdentifyCheckIn(back, claims, boot_id).kind != Identification::kSame) {
    return ComeBack::kOver;
  }
  const bool never_left = back.boot_id == boot_id;
  bool contested = std::ranges::any_of(slot.incarnations, [&](const Incarnation& other) {
    return other.last_seen >= silent_before && (never_left || !SameMachine(other.claims, claims));
  });
  return contested ? ComeBack::kContested : ComeBack::kPutBack;
}

bool SameMachine(const Claims& a, const Claims& b) {
  bool agree = UuidsAgree(a, b) || Agree(a.cloud_vm_id, b.cloud_vm_id) || SharesNetworkCard(a, b);
  return agree && !IdsDiffer(a, b) && !NetworkCardsDiffer(a, b);
}

std::string SlotOf(const Claims& claims) {
  // A name that every machine has before it gets one.
  bool named = !claims.host_name.empty() && claims.host_name != "localhost";
  if (!claims.domain.empty() && named) {
    return fmt::format("domain:{}/{}", Part(claims.domain), Part(claims.host_name));
  }
  if (!claims.entra_device.empty()) {
    return fmt::format("entra:{}/{}", Part(claims.entra_tenant), Part(claims.entra_device));
  }
  if (!claims.cloud_vm_id.empty()) return "vm:" + claims.cloud_vm_id;
  if (!UuidOf(claims).empty()) {  // which hypervisors copy: a name tells such copies apart
    return fmt::format("uuid:{}{}{}", claims.smbios_uuid, named ? "/" : "",
                       named ? Part(claims.host_name) : "");
  }
  return named ? "host:" + claims.host_name : "";
}

std::string_view ToString(Identification identification) {
  switch (identification) {
    case Identification::kSame:
      return "same";
    case Identification::kRenamed:
      return "renamed";
    case Identification::kSuccessor:
      return "successor";
    case Identification::kProvisional:
      return "provisional";
    case Identification::kNew:
      return "new";
    case Identification::kClonedIdentity:
      return "cloned_identity";
    case Identification::kNameCollision:
      return "name_collision";
  }
  return "new";
}

Identified IdentifyEnrolment(const Newcomer& newcomer, const std::vector<Candidate>& candidates) {
  const Candidate* slot = BestOfSlot(newcomer, candidates, 0);
  if (slot && FitOf(newcomer, *slot) != Fit::kOfAnotherMachine) {
    Identified who = Takes(newcomer, *slot);
    if (who.desktop_id != 0) return who;
  }
  if (const Candidate* own = UnderAnotherName(newcomer, candidates)) {
    return {Identification::kSuccessor, own->desktop.id,
            fmt::format("the same machine came back without its identity, under the name {}",
                        newcomer.claims.host_name)};
  }
  if (slot) return Takes(newcomer, *slot);
  if (HeldInAnotherPool(newcomer, candidates)) {
    return {Identification::kNameCollision, 0, "a live desktop of another pool has the same name"};
  }
  return {Identification::kNew, 0, "first enrolment"};
}

Identified IdentifyCheckIn(const Incarnation& incarnation, const Claims& claims,
                           std::string_view boot_id) {
  const Claims& before = incarnation.claims;
  const std::int64_t desktop = incarnation.desktop_id;
  const bool same_boot = incarnation.boot_id == boot_id;
  const bool renamed = Differ(before.host_name, claims.host_name);
  if (ComesFromThePast(incarnation, boot_id)) {
    return {Identification::kClonedIdentity, desktop,
            "its key speaks from an earlier boot again: another machine holds it, or memory was "
            "put back"};
  }
  // An identity given by the hypervisor cannot change under a running system, and a machine that
  // came back with another name, another UUID or other network cards is not the same machine.
  bool forked = same_boot && Differ(before.vm_generation_id, claims.vm_generation_id);
  bool moved = IdsDiffer(before, claims) && (renamed || same_boot);
  if (forked || moved || (renamed && NetworkCardsDiffer(before, claims))) {
    return {Identification::kClonedIdentity, desktop,
            fmt::format("its key also speaks for {}", claims.host_name)};
  }
  if (renamed) {
    return {Identification::kRenamed, desktop,
            fmt::format("{} is now called {}", before.host_name, claims.host_name)};
  }
  return {Identification::kSame, desktop, ""};
}

Identified IdentifyMove(const Desktop& own, const Newcomer& newcomer,
                        const std::vector<Candidate>& candidates) {
  const Candidate* slot = BestOfSlot(newcomer, candidates, own.id);
  Identified renamed{
      Identification::kRenamed, own.id,
      fmt::format("{} is now called {}", own.claims.host_name, newcomer.claims.host_name)};
  if (!slot) return renamed;
  Identified who = Takes(newcomer, *slot);
  bool defended =
      who.kind == Identification::kNameCollision || who.kind == Identification::kProvisional;
  // A desktop with a past of its own does not give it up for the name of another machine.
  bool has_past = own.boots.survived + own.boots.resets > 0;
  bool was_it = FitOf(newcomer, *slot) >= Fit::kItsOwn;
  if (who.kind != Identification::kNameCollision && (was_it || !has_past)) return who;
  if (!defended) return renamed;
  return {Identification::kNameCollision, own.id, "another live desktop has this name"};
}

std::string_view DuplicateOf(const Desktop& desktop, const std::vector<Candidate>& candidates) {
  std::string_view duplicate = "none";
  for (const auto& [other, incarnations] : candidates) {
    bool counts = other.presence == Presence::kLive || other.presence == Presence::kOff;
    if (other.id == desktop.id || !counts || incarnations.empty()) continue;
    if (!desktop.slot.empty() && other.slot == desktop.slot) return "name_collision";
    if (UuidsAgree(other.claims, desktop.claims)) duplicate = "shared_uuid";
  }
  return duplicate;
}

std::string RememberBoot(std::string_view past_boots, std::string_view boot_id) {
  if (boot_id.empty()) return std::string(past_boots);
  std::string boots = BootDigest(boot_id);
  if (!past_boots.empty()) boots += ' ' + std::string(past_boots);
  return boots.substr(0, kPastBoots * (kBootDigest + 1) - 1);
}

}  // namespace vdiwatch::collector
