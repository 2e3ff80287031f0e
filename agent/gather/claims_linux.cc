#include <unistd.h>

#include <algorithm>

#include "agent/gather/imds.h"
#include "agent/gather/plan.h"
#include "agent/gather/read_posix.h"
#include "agent/probe/board.h"
#include "base/text.h"
#include "report/claims.h"

namespace vdiwatch::agent {
namespace {

// The file's text without blanks; empty if it cannot be read.
std::string Word(const std::string& path) {
  Reading reading = ReadTextFile(path, 1024);
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? std::string(Trim(text->text)) : "";
}

// Interfaces that stand on a device: no bridges, tunnels or containers' pairs.
std::vector<std::string> MacAddresses() {
  const std::string folder = "/sys/class/net";
  Reading reading = ReadFolder(folder, 1024);
  std::vector<std::string> addresses;
  const auto* names = std::get_if<KeysReading>(&reading);
  for (std::size_t i = 0; names && i < names->keys.size(); ++i) {
    std::string interface = folder + "/" + names->keys[i];
    if (!std::holds_alternative<StateReading>(ReadPresence(interface + "/device"))) continue;
    std::string address = ToLower(Word(interface + "/address"));
    if (address.size() == 17 && address != "00:00:00:00:00:00") addresses.push_back(address);
  }
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

void NameHost(RawClaims& claims) {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return;
  std::string full = ToLower(name);
  std::size_t dot = full.find('.');
  claims.host_name = full.substr(0, dot);
  if (dot != std::string::npos) claims.domain = full.substr(dot + 1);
  if (claims.domain.empty()) {
    std::string domain = ToLower(Word("/proc/sys/kernel/domainname"));
    if (domain != "(none)") claims.domain = domain;
  }
}

// Azure tells the VM's id by its metadata service.
std::string CloudVmId() {
  std::string instance = Ec2InstanceId(Word("/sys/class/dmi/id/sys_vendor"),
                                       Word("/sys/class/dmi/id/board_asset_tag"));
  if (!instance.empty()) return instance;
  if (Word("/sys/class/dmi/id/chassis_asset_tag") != kAzureTag) return "";
  return AzureVmId(ReadAzureMetadata());
}

}  // namespace

RawClaims GatherClaims() {
  RawClaims claims;
  NameHost(claims);
  std::string uuid = ToLower(Word("/sys/class/dmi/id/product_uuid"));
  if (!IsPlaceholderUuid(uuid)) claims.smbios_uuid = uuid;
  claims.cloud_vm_id = CloudVmId();
  claims.mac_addresses = MacAddresses();
  return claims;
}

Result<std::string> BootId() {
  std::string id = Word("/proc/sys/kernel/random/boot_id");
  if (id.empty()) return Unavailable("cannot read /proc/sys/kernel/random/boot_id");
  return id;
}

}  // namespace vdiwatch::agent
