#include <winsock2.h>
#include <ws2tcpip.h>
// After the above, which must come first.
#include <fmt/format.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <winioctl.h>

#include <algorithm>
#include <vector>

#include "agent/gather/imds.h"
#include "agent/gather/join_windows.h"
#include "agent/gather/plan.h"
#include "agent/gather/system_windows.h"
#include "agent/gather/terms_windows.h"
#include "agent/probe/board.h"
#include "agent/probe/smbios.h"
#include "base/text.h"
#include "report/claims.h"

namespace vdiwatch::agent {
namespace {

// In small letters; empty if Windows has none.
std::string NameOf(COMPUTER_NAME_FORMAT format) {
  wchar_t name[512];
  DWORD size = std::size(name);
  return ::GetComputerNameExW(format, name, &size) ? ToLower(Utf8(std::wstring_view(name, size)))
                                                   : "";
}

// A card, real or of the hypervisor's, no tunnel and no switch of our own. The system's driver
// tells which; where it does not, the type of the interface must do.
bool LooksPhysical(const IP_ADAPTER_ADDRESSES& adapter) {
  bool wired_or_wireless =
      adapter.IfType == IF_TYPE_ETHERNET_CSMACD || adapter.IfType == IF_TYPE_IEEE80211;
  if (!wired_or_wireless || adapter.PhysicalAddressLength != 6) return false;
  MIB_IF_ROW2 row{};
  row.InterfaceLuid = adapter.Luid;
  return ::GetIfEntry2(&row) != NO_ERROR || row.InterfaceAndOperStatusFlags.HardwareInterface;
}

std::vector<std::string> MacAddresses() {
  constexpr ULONG kFlags = GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                           GAA_FLAG_SKIP_DNS_SERVER;
  // A few interfaces come in between two calls at most.
  std::vector<std::uint64_t> buffer(8 << 10);
  ULONG size = 0, error = ERROR_BUFFER_OVERFLOW;
  for (int tries = 0; tries < 3 && error == ERROR_BUFFER_OVERFLOW; ++tries) {
    buffer.resize(std::max(buffer.size(), size / sizeof buffer[0] + 1));
    size = static_cast<ULONG>(buffer.size() * sizeof buffer[0]);
    error = ::GetAdaptersAddresses(AF_UNSPEC, kFlags, nullptr,
                                   reinterpret_cast<IP_ADAPTER_ADDRESSES*>(buffer.data()), &size);
  }
  if (error != NO_ERROR) return {};
  std::vector<std::string> addresses;
  for (auto* adapter = reinterpret_cast<IP_ADAPTER_ADDRESSES*>(buffer.data()); adapter != nullptr;
       adapter = adapter->Next) {
    if (!LooksPhysical(*adapter)) continue;
    const BYTE* mac = adapter->PhysicalAddress;
    std::string address = fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1],
                                      mac[2], mac[3], mac[4], mac[5]);
    if (address != "00:00:00:00:00:00") addresses.push_back(std::move(address));
  }
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

// Hyper-V's, VMware's and others' device behind Windows' driver, 128 bits. Source: Microsoft,
// vmgenerationcounter.h. Empty where there is none, or the agent may not ask.
std::string VmGenerationId() {
  constexpr DWORD kRead = CTL_CODE(0x32 /* FILE_DEVICE_ACPI */, 1, METHOD_BUFFERED,
                                   FILE_READ_ACCESS | FILE_WRITE_ACCESS);
  OwnedHandle device(::CreateFileW(L"\\\\.\\VmGenerationCounter", GENERIC_READ | GENERIC_WRITE,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                   nullptr));
  if (!device.is_open()) return "";
  std::uint64_t counter[2] = {};  // low, high
  DWORD size = 0;
  bool told =
      ::DeviceIoControl(device.get(), kRead, nullptr, 0, counter, sizeof counter, &size, nullptr) &&
      size == sizeof counter && (counter[0] | counter[1]) != 0;
  return told ? fmt::format("{:016x}{:016x}", counter[1], counter[0]) : "";
}

// Azure tells the VM's id by its metadata service.
std::string CloudVmId(const SmbiosTable& firmware) {
  auto text = [&](std::string_view name) {
    auto found = firmware.strings.find(name);
    return found == firmware.strings.end() ? std::string_view() : Trim(found->second);
  };
  std::string instance = Ec2InstanceId(text("system.manufacturer"), text("baseboard.asset_tag"));
  if (!instance.empty()) return instance;
  if (text("chassis.asset_tag") != kAzureTag) return "";
  return AzureVmId(ReadAzureMetadata());
}

void AskFirmware(RawClaims& claims) {
  Reading raw = ReadFirmware(64 << 10);
  const auto* bytes = std::get_if<BytesReading>(&raw);
  auto table = ParseSmbios(bytes ? bytes->bytes : "");
  if (!table) return;
  auto uuid = table->strings.find("system.uuid");
  if (uuid != table->strings.end() && !IsPlaceholderUuid(uuid->second)) {
    claims.smbios_uuid = uuid->second;
  }
  claims.cloud_vm_id = CloudVmId(*table);
}

}  // namespace

// No broker's agent is known to keep the broker's name of the machine: `broker_machine` stays
// empty.
RawClaims GatherClaims() {
  RawClaims claims;
  claims.host_name = NameOf(ComputerNamePhysicalDnsHostname);
  claims.domain = NameOf(ComputerNamePhysicalDnsDomain);
  EntraJoin join = ReadEntraJoin();
  claims.entra_tenant = join.tenant;
  claims.entra_device = join.device;
  AskFirmware(claims);
  claims.vm_generation_id = VmGenerationId();
  claims.mac_addresses = MacAddresses();
  return claims;
}

}  // namespace vdiwatch::agent
