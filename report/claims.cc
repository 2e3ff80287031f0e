#include "report/claims.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vdiwatch {
namespace {

constexpr std::size_t kMaxClaimBytes = 256;
constexpr std::size_t kMaxMacs = 16;

struct Member {
  const char* name;
  std::string Claims::*text;
};
constexpr Member kMembers[] = {
    {"host_name", &Claims::host_name},
    {"domain", &Claims::domain},
    {"entra_tenant", &Claims::entra_tenant},
    {"entra_device", &Claims::entra_device},
    {"smbios_uuid", &Claims::smbios_uuid},
    {"cloud_vm_id", &Claims::cloud_vm_id},
    {"vm_generation_id", &Claims::vm_generation_id},
    {"broker_machine", &Claims::broker_machine},
    {"image_id", &Claims::image_id},
};

// Seen on many unrelated boards; DETECTION §8.2.
constexpr std::string_view kPlaceholders[] = {
    "03000200-0400-0500-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
};

}  // namespace

Json ClaimsToJson(const Claims& claims) {
  Json json = Json::object();
  for (const auto& member : kMembers) {
    if (!(claims.*member.text).empty()) json[member.name] = claims.*member.text;
  }
  if (!claims.mac_digests.empty()) json["mac_digests"] = claims.mac_digests;
  return json;
}

Result<Claims> ClaimsFromJson(const Json& json) {
  if (!json.is_object()) return Invalid("'claims' must be an object");
  Claims claims;
  for (const auto& member : kMembers) {
    ASSIGN_OR_RETURN(std::string text,
                     JsonMemberOr<std::string>(json, member.name, "", kMaxClaimBytes));
    claims.*member.text = ToLower(text);
  }
  auto macs = json.find("mac_digests");
  if (macs == json.end()) return claims;
  if (!macs->is_array() || macs->size() > kMaxMacs) {
    return Invalid("'mac_digests' must be a list of at most 16");
  }
  for (const auto& mac : *macs) {
    if (!mac.is_string() || mac.get_ref<const std::string&>().size() > 64) {
      return Invalid("'mac_digests' must hold hexadecimal digests");
    }
    claims.mac_digests.push_back(mac);
  }
  std::ranges::sort(claims.mac_digests);
  return claims;
}

bool IsPlaceholderUuid(std::string_view uuid) {
  std::string lower = ToLower(uuid);
  if (std::ranges::find(kPlaceholders, lower) != std::end(kPlaceholders)) return true;
  std::erase(lower, '-');
  // One digit all over (zeros, f, e) is no identity.
  return lower.size() != 32 || std::ranges::all_of(lower, [&](char c) { return c == lower[0]; });
}

}  // namespace vdiwatch
