#include "tests/load/windows_machine.h"

#include <fmt/format.h>

#include "agent/gather/plan.h"

namespace vdiwatch::sim {
namespace {

using agent::CpuidReading;

constexpr std::string_view kCurrentVersion =
    "registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@";
constexpr std::uint32_t kHypervisorBit = 1u << 31, kVmxBit = 1u << 5;

// Twelve characters of a signature in the registers EBX, ECX, EDX.
CpuidReading SignatureLeaf(std::uint32_t highest, std::string_view signature) {
  std::uint32_t words[3] = {};
  for (std::size_t i = 0; i < signature.size(); ++i) {
    words[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(signature[i]))
                    << (i % 4 * 8);
  }
  return {.eax = highest, .ebx = words[0], .ecx = words[1], .edx = words[2]};
}

}  // namespace

WindowsMachine::WindowsMachine() {
  evidence_.os = "windows";
  evidence_.provenance = "simulated";
  for (const agent::PlanItem& item : agent::Plan()) {
    bool readable = item.os != "linux" && !item.locator.starts_with("cpuid:") &&
                    item.locator != "processes" && item.locator != "smbios:raw";
    if (readable) Set(item.locator, agent::MissingReading{Missing::kAbsent, ""});
  }
  SetText(std::string(kCurrentVersion) + "ProductName", "Windows 10 Enterprise");
  SetText(std::string(kCurrentVersion) + "EditionID", "Enterprise");
  SetText(std::string(kCurrentVersion) + "CurrentBuild", "22631");
  SetNumber(std::string(kCurrentVersion) + "UBR", 4460);
  for (const char* feature : {"Microsoft-Windows-Subsystem-Linux", "VirtualMachinePlatform",
                              "Microsoft-Hyper-V-All", "HypervisorPlatform", "Containers"}) {
    Set(fmt::format("feature:{}", feature), agent::StateReading{"disabled", ""});
  }
  Set("processes", agent::ProcessesReading{});
  SetLeaf("cpuid:0", SignatureLeaf(0x16, "GenuntelineI"));
  SetLeaf("cpuid:80000001", {});
}

void WindowsMachine::Set(std::string_view locator, agent::Reading reading) {
  evidence_.items.insert_or_assign(std::string(locator), std::move(reading));
}
void WindowsMachine::SetText(std::string_view locator, std::string_view text) {
  Set(locator, agent::TextReading{std::string(text)});
}
void WindowsMachine::SetNumber(std::string_view locator, std::int64_t number) {
  Set(locator, agent::NumberReading{number});
}
void WindowsMachine::SetRunning(std::string_view service) {
  Set(fmt::format("service:{}", service), agent::StateReading{"running", "automatic"});
}
void WindowsMachine::SetLeaf(std::string_view locator, CpuidReading leaf) { Set(locator, leaf); }

void WindowsMachine::SetHypervisor(std::string_view signature, bool exposed) {
  SetLeaf("cpuid:1", {.eax = 0x000306f2,
                      .ebx = 0x00000800,
                      .ecx = kHypervisorBit | 0x2000 | (exposed ? kVmxBit : 0),
                      .edx = 0x178bfbff});
  SetLeaf("cpuid:40000000", SignatureLeaf(0x40000010, signature));
  // PF_VIRT_FIRMWARE_ENABLED and PF_SECOND_LEVEL_ADDRESS_TRANSLATION.
  SetNumber("api:processor_feature.21", exposed ? 1 : 0);
  SetNumber("api:processor_feature.20", exposed ? 1 : 0);
}

// The privileges CreatePartitions and CpuManagement (TLFS leaf 3 EBX bits 0 and 12) are the root's.
void WindowsMachine::SetRootPartition() {
  SetHypervisor("Microsoft Hv", false);
  SetLeaf("cpuid:40000001", {.eax = 0x31237648, .ebx = 0, .ecx = 0, .edx = 0});
  SetLeaf("cpuid:40000003",
          {.eax = 0x00003fff, .ebx = 0x002bb9ff, .ecx = 0x00000002, .edx = 0x000ffbf6});
  SetLeaf("cpuid:40000004", {.eax = 0x00002d1c, .ebx = 0, .ecx = 0, .edx = 0});
}

WindowsMachine& WindowsMachine::OnVmware(Nesting nesting) {
  SetHypervisor("VMwareVMware", nesting == Nesting::kExposed);
  if (nesting == Nesting::kInUse) SetRootPartition();
  SetText("smbios:system.manufacturer", "VMware, Inc.");
  SetText("smbios:system.product", "VMware20,1");
  SetText("smbios:bios.version", "VMW201.00V.21805430.B64.2305221830");
  SetText("smbios:chassis.asset_tag", "No Asset Tag");
  return *this;
}

WindowsMachine& WindowsMachine::OnAzure(std::string_view size, std::string_view vm_id,
                                        Nesting nesting) {
  SetHypervisor("Microsoft Hv", nesting == Nesting::kExposed);
  SetLeaf("cpuid:40000001", {.eax = 0x31237648, .ebx = 0, .ecx = 0, .edx = 0});
  SetLeaf("cpuid:40000003",
          {.eax = 0x00003fff, .ebx = 0x003b8030, .ecx = 0x00000002, .edx = 0x000ffbf6});
  SetLeaf("cpuid:40000004", {.eax = 0x00002d1c, .ebx = 0, .ecx = 0, .edx = 0});
  if (nesting == Nesting::kInUse) SetRootPartition();
  SetText("smbios:system.manufacturer", "Microsoft Corporation");
  SetText("smbios:system.product", "Virtual Machine");
  SetText("smbios:bios.version", "Hyper-V UEFI Release v4.1");
  SetText("smbios:chassis.asset_tag", "7783-7084-3265-9085-8269-3286-77");
  Json imds = {{"compute",
                {{"azEnvironment", "AzurePublicCloud"},
                 {"vmId", vm_id},
                 {"vmSize", size},
                 {"securityProfile", {{"securityType", "Standard"}}}}}};
  SetText("imds:azure/instance", imds.dump());
  return *this;
}

// Shows Microsoft's interface first and its own leaves after it, as a guest made for Windows does.
WindowsMachine& WindowsMachine::OnXenServer() {
  SetHypervisor("Microsoft Hv", false);
  SetLeaf("cpuid:40000100", SignatureLeaf(0x40000104, "XenVMMXenVMM"));
  SetText("smbios:system.manufacturer", "Xen");
  SetText("smbios:system.product", "HVM domU");
  SetText("smbios:system.version", "4.13.3");
  SetRunning("XenSvc");
  return *this;
}

WindowsMachine& WindowsMachine::OnNutanix(Nesting nesting) {
  SetHypervisor("KVMKVMKVM", nesting == Nesting::kExposed);
  if (nesting == Nesting::kInUse) SetRootPartition();
  SetText("smbios:system.manufacturer", "Nutanix");
  SetText("smbios:system.product", "AHV");
  SetText("smbios:system.version", "RHEL 7.3.0 PC (i440FX + PIIX, 1996)");
  return *this;
}

WindowsMachine& WindowsMachine::WithResources(int processors, int memory_gib) {
  SetNumber("api:logical_processors", processors);
  SetNumber("api:installed_memory_kib", std::int64_t{memory_gib} << 20);
  return *this;
}

WindowsMachine& WindowsMachine::WithWsl(std::string_view version) {
  Set("feature:VirtualMachinePlatform", agent::StateReading{"enabled", ""});
  SetRunning("vmcompute");
  SetRunning("WSLService");
  SetText("registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\Msi@Version",
          version);
  SetNumber("registry:HKU\\1\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss@DefaultVersion",
            2);
  return *this;
}

WindowsMachine& WindowsMachine::WithHorizon(std::string_view pool, bool instant_clone) {
  SetRunning("WSNM");
  SetText("registry:HKLM\\SOFTWARE\\Omnissa\\Horizon\\Agent@ProductVersion", "8.13.0");
  SetText("registry:HKU\\1\\Volatile Environment@ViewClient_Launch_ID", pool);
  if (instant_clone) SetRunning("omn-instantclone-ga");
  return *this;
}

WindowsMachine& WindowsMachine::WithCitrixMcs(std::string_view group, bool persists) {
  SetRunning("BrokerAgent");
  SetText("registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent@ProductVersion", "2402.0.100");
  Json row = {{"OSChangesPersist", persists},
              {"ProvisioningType", "MachineCreationServices"},
              {"DesktopGroupName", group}};
  Set("wmi:root\\citrix\\DesktopInformation:Citrix_VirtualDesktopInfo",
      agent::RowsReading{Json::array({row})});
  return *this;
}

WindowsMachine& WindowsMachine::WithAvd(std::string_view host_pool) {
  SetRunning("RDAgentBootLoader");
  SetNumber("registry:HKLM\\SOFTWARE\\Microsoft\\RDInfraAgent@IsRegistered", 1);
  SetText("registry:HKLM\\SOFTWARE\\Microsoft\\RDMonitoringAgent@SessionHostPool", host_pool);
  return *this;
}

WindowsMachine& WindowsMachine::WithFrame() {
  SetRunning("MF2Service");
  return *this;
}

WindowsMachine& WindowsMachine::WithDocker(std::string_view version, std::string_view installed,
                                           int instances) {
  const std::string uninstall =
      "registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@";
  SetText(uninstall + "DisplayVersion", version);
  SetText(uninstall + "InstallDate", installed);
  Set("path:C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe",
      agent::StateReading{"present", ""});
  SetText("file:C:\\Users\\1\\AppData\\Roaming\\Docker\\settings-store.json",
          R"({"AutoStart":false})");
  SetText("registry:HKU\\1\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\1@DistributionName",
          "docker-desktop");
  agent::ProcessesReading processes;
  for (int user = 1; user <= instances; ++user) {
    for (const char* name : {"Docker Desktop.exe", "com.docker.backend.exe"}) {
      processes.list.push_back({name, 4000 + user, user, user});
    }
  }
  Set("processes", std::move(processes));
  return *this;
}

WindowsMachine& WindowsMachine::Denied(std::string_view locator) {
  Set(locator, agent::MissingReading{Missing::kDenied, "access denied (5)"});
  return *this;
}

agent::Evidence WindowsMachine::Record(Time at) const {
  agent::Evidence evidence = evidence_;
  evidence.collected_at = at;
  return evidence;
}

}  // namespace vdiwatch::sim
