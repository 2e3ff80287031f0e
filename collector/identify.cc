#include "collector/identify.h"

#include <fmt/format.h>

#include <algorithm>

namespace vdiwatch::collector {
namespace {

bool Differ(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && a != b; }
bool Agree(std::string_view a, std::string_view b) { return !a.empty() && a == b; }

bool UuidsDiffer(const Claims& a, const Claims& b) {
  return Differ(a.smbios_uuid, b.smbios_uuid) || Differ(a.cloud_vm_id, b.cloud_vm_id);
}

// The same machine by what its hypervisor gave it, whatever its name.
bool SameMachine(const Claims& a, const Claims& b) {
  bool agree = Agree(a.smbios_uuid, b.smbios_uuid) || Agree(a.cloud_vm_id, b.cloud_vm_id);
  return agree && !UuidsDiffer(a, b);
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

bool Defends(const Incarnation& incarnation, Time silent_before) {
  return incarnation.last_seen >= silent_before;
}

Identified TakeSlot(const Candidate& candidate, const Claims& claims, std::string_view boot_id,
                    Time silent_before) {
  const std::int64_t desktop = candidate.desktop.id;
  auto defender = std::ranges::find_if(candidate.incarnations, [&](const Incarnation& incarnation) {
    return Defends(incarnation, silent_before);
  });
  if (defender == candidate.incarnations.end()) {
    return {Identification::kSuccessor, desktop, "the earlier incarnation has been silent"};
  }
  if (candidate.desktop.presence == Presence::kOff) {
    return {Identification::kSuccessor, desktop, "the earlier incarnation had said goodbye"};
  }
  if (SameMachine(defender->claims, claims)) {
    return {Identification::kSuccessor, desktop,
            defender->boot_id == boot_id ? "the same machine enrolled anew"
                                         : "the same machine came back without its identity"};
  }
  return {Identification::kProvisional, desktop,
          "another machine enrolled under this name while the earlier one may still speak"};
}

}  // namespace

std::string SlotOf(const Claims& claims) {
  if (!claims.domain.empty() && !claims.host_name.empty()) {
    return fmt::format("domain:{}/{}", claims.domain, claims.host_name);
  }
  if (!claims.entra_device.empty()) {
    return fmt::format("entra:{}/{}", claims.entra_tenant, claims.entra_device);
  }
  if (!claims.cloud_vm_id.empty()) return "vm:" + claims.cloud_vm_id;
  if (!claims.smbios_uuid.empty() && !IsPlaceholderUuid(claims.smbios_uuid)) {
    return "uuid:" + claims.smbios_uuid;
  }
  return claims.host_name.empty() ? "" : "host:" + claims.host_name;
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

Identified IdentifyEnrolment(const Claims& claims, std::string_view boot_id, std::int64_t pool_id,
                             const std::vector<Candidate>& candidates, Time silent_before) {
  const std::string slot = SlotOf(claims);
  bool taken_elsewhere = false;
  for (const auto& candidate : candidates) {
    if (slot.empty() || candidate.desktop.slot != slot) continue;
    if (candidate.desktop.pool_id == pool_id) {
      return TakeSlot(candidate, claims, boot_id, silent_before);
    }
    taken_elsewhere |= std::ranges::any_of(candidate.incarnations, [&](const Incarnation& other) {
      return Defends(other, silent_before);
    });
  }
  if (taken_elsewhere) {
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
  // An identity given by the hypervisor cannot change under a running system, and a machine that
  // came back with another name, another UUID or other network cards is not the same machine.
  if (UuidsDiffer(before, claims) && (renamed || same_boot)) {
    return {Identification::kClonedIdentity, desktop,
            fmt::format("its key also speaks for {}", claims.host_name)};
  }
  if (renamed && !SameMachine(before, claims) && NetworkCardsDiffer(before, claims)) {
    return {Identification::kClonedIdentity, desktop,
            fmt::format("its key also speaks for {}", claims.host_name)};
  }
  if (renamed) {
    return {Identification::kRenamed, desktop,
            fmt::format("{} is now called {}", before.host_name, claims.host_name)};
  }
  return {Identification::kSame, desktop, ""};
}

}  // namespace vdiwatch::collector
