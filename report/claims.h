#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace vdiwatch {

// What a desktop says about who it is; empty where it does not know. None of it is proof.
struct Claims {
  std::string host_name;     // as the OS tells it, lower case
  std::string domain;        // AD or DNS domain, lower case
  std::string entra_tenant;  // GUIDs, lower case
  std::string entra_device;
  std::string smbios_uuid;  // placeholders are left out by the agent and ignored by the collector
  std::string cloud_vm_id;
  std::string vm_generation_id;
  std::string broker_machine;  // the broker's name for this machine
  std::string image_id;
  std::vector<std::string> mac_digests;  // HMACs under a key of the fleet, hex, sorted; at most 16

  bool operator==(const Claims&) const = default;
};

Json ClaimsToJson(const Claims& claims);  // empty members are left out
Result<Claims> ClaimsFromJson(const Json& json);

// UUIDs that many boards share: all zeros, all ones, vendor samples (DETECTION §8.2).
bool IsPlaceholderUuid(std::string_view uuid);

}  // namespace vdiwatch
