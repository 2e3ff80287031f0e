#include "agent/report.h"

#include <algorithm>
#include <set>

#include "agent/openssl.h"
#include "agent/pin.h"
#include "agent/probe/probe.h"
#include "base/digest.h"
#include "base/text.h"
#include "report/fact_set.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxMacs = 16;

std::vector<std::string> MacDigests(const std::vector<std::string>& addresses,
                                    std::string_view fleet_key) {
  std::set<std::string> digests;
  for (const auto& address : addresses) {
    std::string digits;
    for (char c : ToLower(address)) {
      if (c != ':' && c != '-' && c != '.') digits += c;
    }
    digests.insert(Hex(HmacSha256(fleet_key, digits)));
  }
  std::vector<std::string> sorted(digests.begin(), digests.end());
  if (sorted.size() > kMaxMacs) sorted.resize(kMaxMacs);
  return sorted;
}

bool Contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

Claims MakeClaims(const RawClaims& raw, std::string_view fleet_key) {
  Claims claims;
  claims.host_name = ToLower(Trim(raw.host_name));
  claims.domain = ToLower(Trim(raw.domain));
  claims.entra_tenant = ToLower(Trim(raw.entra_tenant));
  claims.entra_device = ToLower(Trim(raw.entra_device));
  claims.smbios_uuid = ToLower(Trim(raw.smbios_uuid));
  if (IsPlaceholderUuid(claims.smbios_uuid)) claims.smbios_uuid.clear();
  claims.cloud_vm_id = ToLower(Trim(raw.cloud_vm_id));
  claims.vm_generation_id = ToLower(Trim(raw.vm_generation_id));
  claims.broker_machine = ToLower(Trim(raw.broker_machine));
  claims.image_id = Trim(raw.image_id);
  claims.mac_digests = MacDigests(raw.mac_addresses, fleet_key);
  return claims;
}

Result<std::string> FleetKey(std::string_view ca_pem) {
  CertificatePtr ca = CertificateFromPem(ca_pem);
  if (!ca) return Invalid("the CA file holds no certificate in PEM");
  std::string pin = PinOf(ca.get());
  if (pin.empty()) return Internal("cannot digest the CA's key");
  return FleetKeyOfPin(pin);
}

std::string FleetKeyOfPin(std::string_view pin) { return HmacSha256("vdiwatch fleet key", pin); }

Observation Observe(const Evidence& evidence, Claims claims, std::string boot_id, Canary canary) {
  Observation seen;
  seen.os = evidence.os;
  seen.facts = Interpret(evidence);
  seen.readings = DecisiveReadings(evidence, seen.facts);
  seen.claims = std::move(claims);
  seen.boot_id = std::move(boot_id);
  seen.canary = std::move(canary);
  return seen;
}

CheckInRequest MakeCheckIn(const Observation& seen) {
  CheckInRequest request;
  request.agent_version = VDIWATCH_VERSION;
  request.os = seen.os;
  request.boot_id = seen.boot_id;
  request.canary = seen.canary;
  request.claims = seen.claims;
  request.facts_digest = FactSetDigest(seen.facts);
  request.state = FactsOfClass(seen.facts, FactClass::kState);
  request.per_desktop = FactsOfClass(seen.facts, FactClass::kPerDesktop);
  if (!seen.readings.empty()) request.readings_digest = DigestText(CanonicalJson(seen.readings));
  return request;
}

CheckInRequest WithBodies(CheckInRequest request, const Observation& seen,
                          const std::vector<std::string>& need) {
  if (Contains(need, "facts")) {
    request.facts = FactsOfClass(seen.facts, FactClass::kConfiguration);
  }
  if (Contains(need, "readings") && !seen.readings.empty()) request.readings = seen.readings;
  return request;
}

std::string ContentDigest(const CheckInRequest& request) {
  Json content = {{"facts", request.facts_digest},
                  {"state", FactsToJson(request.state, Sources::kLeaveOut)},
                  {"per_desktop", FactsToJson(request.per_desktop, Sources::kLeaveOut)},
                  {"claims", ClaimsToJson(request.claims)}};
  return DigestText(CanonicalJson(content));
}

}  // namespace vdiwatch::agent
