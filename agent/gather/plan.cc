#include "agent/gather/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kAny = "any", kLinux = "linux", kWindows = "windows";
constexpr std::size_t kWord = 64, kLine = 1024, kPage = 8 << 10, kFile = 64 << 10;
constexpr std::size_t kUsers = 64;  // profiles on one machine

constexpr auto kPlatform = "platform.*";
constexpr auto kTraces = "platform.kind: what only guests have, against copied strings";
constexpr auto kNested = "nested_virtualization.*";
constexpr auto kOsFacts = "os.*";
constexpr auto kWsl = "wsl.*";
constexpr auto kVdi = "vdi.*";
constexpr auto kPersistence = "persistence.*";
constexpr auto kLeftOver = "persistence.*: whether a personality file is older than this boot";
constexpr auto kDocker = "docker_desktop.*";
constexpr auto kProfile = "persistence.profile_container";

constexpr PlanItem kPlan[] = {
    // The processor and the firmware.
    {"cpuid:0", kAny, 16, 1, "platform.*: the processor's maker"},
    {"cpuid:1", kAny, 16, 1, "platform.*, nested_virtualization.*: hypervisor bit, VMX"},
    {"cpuid:80000001", kAny, 16, 1, "nested_virtualization.*: SVM"},
    {"cpuid:8000000a", kAny, 16, 1, "nested_virtualization.*: SVM's abilities"},
    {"cpuid:40000*", kAny, 16, 300, "platform.*: hypervisor leaves, only where a hypervisor is"},
    {"smbios:raw", kAny, kFile, 1,
     "platform.*: the firmware's table without serial numbers (types 0 to 3 and 11)"},
    {"smbios:bios.vendor", kLinux, kLine, 1, kPlatform},
    {"smbios:bios.version", kLinux, kLine, 1, kPlatform},
    {"smbios:system.manufacturer", kLinux, kLine, 1, kPlatform},
    {"smbios:system.product", kLinux, kLine, 1, kPlatform},
    {"smbios:system.version", kLinux, kLine, 1, kPlatform},
    {"smbios:system.family", kLinux, kLine, 1, kPlatform},
    {"smbios:system.sku", kLinux, kLine, 1, kPlatform},
    {"smbios:system.uuid", kLinux, kLine, 1, "platform.*: EC2's prefix; which desktop this is"},
    {"smbios:baseboard.manufacturer", kLinux, kLine, 1, kPlatform},
    {"smbios:baseboard.product", kLinux, kLine, 1, kPlatform},
    {"smbios:chassis.manufacturer", kLinux, kLine, 1, kPlatform},
    {"smbios:chassis.asset_tag", kLinux, kLine, 1, "platform.kind: Azure's and OpenStack's tags"},
    {"imds:azure/instance", kAny, kFile, 1,
     "azure.*: size, security type, image and VM id; only where the firmware names Azure, "
     "link-local"},
    {"api:logical_processors", kAny, 8, 1, "cpu.logical_processors"},
    {"config:pool", kAny, kLine, 1, "vdi.pool: the agent's own setting, where no broker tells"},
    {"config:vdi_mode", kAny, kWord, 1,
     "persistence.declared: the agent's own setting, where no product declares it"},

    // Linux.
    {"file:/proc/cpuinfo", kLinux, kPage, 1,
     "nested_virtualization.*: flags, first processor only"},
    {"file:/proc/meminfo", kLinux, kPage, 1, "memory.total_mib"},
    {"file:/sys/devices/system/memory/block_size_bytes", kLinux, kWord, 1, "memory.total_mib"},
    {"api:memory_blocks", kLinux, 8, 1, "memory.total_mib: how many blocks there are"},
    {"file:/proc/sys/kernel/osrelease", kLinux, kLine, 1, "os.build; whether this is WSL"},
    {"file:/etc/os-release", kLinux, kPage, 1, kOsFacts},
    {"file:/sys/hypervisor/type", kLinux, kWord, 1, "platform.kind: Xen"},
    {"file:/sys/hypervisor/properties/features", kLinux, kWord, 1, "platform.kind: Xen's host"},
    {"file:/sys/hypervisor/uuid", kLinux, kWord, 1,
     "platform.kind: EC2's prefix, on Xen without firmware"},
    {"file:/proc/xen/capabilities", kLinux, kWord, 1, "platform.kind: Xen's host"},
    {"file:/sys/module/kvm_intel/parameters/nested", kLinux, kWord, 1, kNested},
    {"file:/sys/module/kvm_amd/parameters/nested", kLinux, kWord, 1, kNested},
    {"file:/sys/module/kvm_intel/refcnt", kLinux, kWord, 1, "nested_virtualization.in_use"},
    {"file:/sys/module/kvm_amd/refcnt", kLinux, kWord, 1, "nested_virtualization.in_use"},
    {"path:/dev/kvm", kLinux, 0, 1, "nested_virtualization.usable: for people; it proves nothing"},
    {"api:root_filesystem", kLinux, kWord, 1, "persistence.*: overlay roots"},
    {"path:/.dockerenv", kLinux, 0, 1, "persistence.*: containers"},
    {"path:/run/.containerenv", kLinux, 0, 1, "persistence.*: containers"},
    {"file:/run/systemd/container", kLinux, kWord, 1, "persistence.*: containers"},
    {"path:/run/live/medium", kLinux, 0, 1, "persistence.*: live images"},
    {"path:/cdrom/casper", kLinux, 0, 1, "persistence.*: live images"},
    {"path:/sys/bus/virtio/devices/virtio0", kLinux, 0, 1, kTraces},
    {"path:/dev/vboxguest", kLinux, 0, 1, kTraces},
    {"path:/usr/sbin/xe-daemon", kLinux, 0, 1, "platform.kind: XenServer's tools"},
    {"service:xe-linux-distribution", kLinux, kWord, 1, "platform.kind: XenServer's tools"},
    {"service:ctxvda", kLinux, kWord, 1, "vdi.*: Citrix"},
    {"service:viewagent", kLinux, kWord, 1, "vdi.*: Horizon"},
    {"service:skylight-agent", kLinux, kWord, 1, "vdi.*: WorkSpaces"},
    {"path:/opt/docker-desktop", kLinux, 0, 1, "docker_desktop.installed"},
    {"package:docker-desktop", kLinux, kLine, 1, "docker_desktop.version, from dpkg's database"},
    {"file:/usr/share/docker-desktop/registry/registry.json", kLinux, kFile, 1,
     "docker_desktop.sign_in_enforced"},
    {"file:/usr/share/docker-desktop/admin-settings.json", kLinux, kFile, 1,
     "docker_desktop.sign_in_enforced"},
    {"file:/home/*/.docker/desktop/settings-store.json", kLinux, kFile, kUsers, kDocker},
    {"path:/home/*/.docker/cloud/docker-cloud.sock", kLinux, 0, kUsers,
     "docker_desktop.engine_mode"},
    {"processes", kAny, kFile, 1,
     "docker_desktop.instances: only the programs named below, by comm, exe and the first word of "
     "cmdline; users as numbers"},

    // Windows: the system.
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@ProductName", kWindows, kLine,
     1, kOsFacts},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@EditionID", kWindows, kLine, 1,
     kOsFacts},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@CurrentBuild", kWindows, kLine,
     1, kOsFacts},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion@UBR", kWindows, 8, 1,
     kOsFacts},
    {"registry:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server@TSAppCompat", kWindows, 8,
     1, "os.multi_session"},
    {"api:native_machine", kWindows, kWord, 1,
     "platform.*: on ARM the processor's leaves are emulated"},
    {"service:VMTools", kWindows, kWord, 1, kTraces},
    {"service:vmicheartbeat", kWindows, kWord, 1, kTraces},
    {"service:QEMU-GA", kWindows, kWord, 1, kTraces},
    {"service:VBoxService", kWindows, kWord, 1, kTraces},
    {"registry:HKLM\\HARDWARE\\ACPI\\DSDT\\", kWindows, kPage, 1, kTraces},
    {"api:installed_memory_kib", kWindows, 8, 1, "memory.total_mib"},
    {"api:processor_feature.20", kWindows, 8, 1, "nested_virtualization.usable"},
    {"api:processor_feature.21", kWindows, 8, 1, "nested_virtualization.usable"},

    // Windows: optional features, services, WSL.
    {"feature:Microsoft-Windows-Subsystem-Linux", kWindows, kWord, 1, "feature.wsl"},
    {"feature:VirtualMachinePlatform", kWindows, kWord, 1, "feature.virtual_machine_platform"},
    {"feature:Microsoft-Hyper-V-All", kWindows, kWord, 1, "feature.hyper_v"},
    {"feature:Microsoft-Hyper-V", kWindows, kWord, 1, "feature.hyper_v"},
    {"feature:Microsoft-Hyper-V-Hypervisor", kWindows, kWord, 1, "feature.hyper_v"},
    {"feature:HypervisorPlatform", kWindows, kWord, 1, "feature.hypervisor_platform"},
    {"feature:Containers", kWindows, kWord, 1, "feature.containers"},
    {"service:vmcompute", kWindows, kWord, 1, "wsl.usable: comes with the feature after a restart"},
    {"service:vmms", kWindows, kWord, 1, "feature.hyper_v"},
    {"service:WSLService", kWindows, kWord, 1, kWsl},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\Msi@Version", kWindows,
     kLine, 1, kWsl},
    {"registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss@DefaultVersion", kWindows,
     8, kUsers, "wsl.default_version"},
    {"registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\*@DistributionName",
     kWindows, kLine, 8 * kUsers, "docker_desktop.engine_mode"},
    {"registry:HKLM\\SOFTWARE\\Policies\\WSL@AllowWSL", kWindows, 8, 1, "wsl.usable"},
    {"registry:HKLM\\SOFTWARE\\Policies\\WSL@AllowInboxWSL", kWindows, 8, 1, "wsl.usable"},

    // Windows: brokers and persistence.
    {"service:BrokerAgent", kWindows, kWord, 1, "vdi.*: Citrix"},
    {"service:WSNM", kWindows, kWord, 1, "vdi.*: Horizon"},
    {"service:CloudManagedDesktopExtension", kWindows, kWord, 1, "vdi.*: Windows 365"},
    {"service:RDAgentBootLoader", kWindows, kWord, 1, "vdi.*: Azure Virtual Desktop"},
    {"service:SkyLightWorkspaceConfigService", kWindows, kWord, 1, "vdi.*: WorkSpaces"},
    {"service:MF2Service", kWindows, kWord, 1, "vdi.*: Nutanix Frame"},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\RDInfraAgent@IsRegistered", kWindows, 8, 1, kVdi},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\RDMonitoringAgent@SessionHostPool", kWindows, kLine, 1,
     "vdi.pool"},
    {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent@ProductVersion", kWindows, kLine, 1,
     "vdi.broker_version"},
    {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State@RegisteredDdcFqdn", kWindows,
     kLine, 1, "vdi.broker: whether it registered"},
    {"registry:HKLM\\SOFTWARE\\Citrix\\MachineIdentityServiceAgent\\VdaStateMirror@"
     "RegisteredDdcFqdn",
     kWindows, kLine, 1, "vdi.broker: whether it registered"},
    {"registry:HKLM\\SOFTWARE\\Omnissa\\Horizon\\Agent\\Configuration@Broker", kWindows, kLine, 1,
     "vdi.broker: whether it registered"},
    {"registry:HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent\\Configuration@Broker", kWindows,
     kLine, 1, "vdi.broker: whether it registered"},
    {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State@DesktopGroupName", kWindows,
     kLine, 1, "vdi.pool"},
    {"registry:HKLM\\SOFTWARE\\Citrix\\MachineIdentityServiceAgent\\VdaStateMirror@"
     "DesktopGroupName",
     kWindows, kLine, 1, "vdi.pool"},
    {"registry:HKLM\\SOFTWARE\\Omnissa\\Horizon\\Agent@ProductVersion", kWindows, kLine, 1,
     "vdi.broker_version"},
    {"registry:HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent@ProductVersion", kWindows, kLine, 1,
     "vdi.broker_version"},
    {"registry:HKU\\*\\Volatile Environment@ViewClient_Launch_ID", kWindows, kLine, kUsers,
     "vdi.pool"},
    {"wmi:root\\citrix\\DesktopInformation:Citrix_VirtualDesktopInfo", kWindows, kFile, 1,
     "vdi.pool, persistence.*: OSChangesPersist, ProvisioningType, group and catalogue"},
    {"service:BNDevice", kWindows, kWord, 1, "persistence.*: Citrix Provisioning"},
    {"registry:HKLM\\SYSTEM\\CurrentControlSet\\Services\\bnistack\\PVSAgent@WriteCacheType",
     kWindows, 8, 1, kPersistence},
    {"file:C:\\MCSPersonality.ini", kWindows, kFile, 1, kPersistence},
    {"file:C:\\Personality.ini", kWindows, kFile, 1, kPersistence},
    {"file:C:\\MCSPersonality.ini#written", kWindows, 8, 1, kLeftOver},
    {"file:C:\\Personality.ini#written", kWindows, 8, 1, kLeftOver},
    {"api:boot_time", kWindows, 8, 1, kLeftOver},
    {"service:vmware-viewcomposer-ga", kWindows, kWord, 1, "persistence.*: Horizon clones"},
    {"service:omn-instantclone-ga", kWindows, kWord, 1, "persistence.*: Horizon clones"},
    {"wmi:root\\standardcimv2\\embedded:UWF_Filter", kWindows, kFile, 1, kPersistence},
    {"wmi:root\\standardcimv2\\embedded:UWF_Volume", kWindows, kFile, 1, kPersistence},
    {"registry:HKLM\\SOFTWARE\\Faronics\\Deep Freeze 6@DF Status", kWindows, kLine, 1,
     kPersistence},
    {"registry:HKLM\\SOFTWARE\\WOW6432Node\\Faronics\\Deep Freeze 6@DF Status", kWindows, kLine, 1,
     kPersistence},
    {"registry:HKLM\\SOFTWARE\\FSLogix\\Profiles@Enabled", kWindows, 8, 1, kProfile},
    {"service:ctxProfile", kWindows, kWord, 1, kProfile},
    {"registry:HKLM\\SOFTWARE\\Citrix\\XenTools@MajorVersion", kWindows, kLine, 1,
     "platform.kind: XenServer's tools"},
    {"registry:HKLM\\SOFTWARE\\XenServer\\XenTools@MajorVersion", kWindows, kLine, 1,
     "platform.kind: XenServer's tools"},
    {"service:XenSvc", kWindows, kWord, 1, "platform.kind: XenServer's tools"},

    {"sessions", kWindows, kPage, 1,
     "docker_desktop.instances: which sessions there are, for people; users unnamed"},

    // Windows: Docker Desktop.
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@"
     "DisplayVersion",
     kWindows, kLine, 1, kDocker},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@"
     "InstallDate",
     kWindows, kLine, 1, "docker_desktop.installed_at"},
    {"registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop#"
     "written",
     kWindows, 8, 1, "docker_desktop.installed_at: when the key was last written"},
    {"registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@"
     "DisplayVersion",
     kWindows, kLine, kUsers, kDocker},
    {"registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop@"
     "InstallDate",
     kWindows, kLine, kUsers, "docker_desktop.installed_at"},
    {"registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop#"
     "written",
     kWindows, 8, kUsers, "docker_desktop.installed_at"},
    {"path:C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe", kWindows, 0, 1,
     "docker_desktop.installed"},
    {"path:C:\\Users\\*\\AppData\\Local\\Programs\\DockerDesktop\\Docker Desktop.exe", kWindows, 0,
     kUsers, "docker_desktop.installs: of users who are signed out"},
    {"registry:HKLM\\SOFTWARE\\Docker Inc.\\Docker Desktop\\", kWindows, kPage, 1,
     "docker_desktop.installed: in another folder"},
    {"file:C:\\Program Files\\Docker\\Docker\\resources\\componentsVersion.json", kWindows, kPage,
     1, "docker_desktop.version: installed as MSI"},
    {"file:C:\\ProgramData\\DockerDesktop\\install-settings.json", kWindows, kFile, 1,
     "docker_desktop.backend, windows_containers.usable: what was chosen at installation"},
    {"registry:HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop@allowedOrgs", kWindows, kPage, 1,
     "docker_desktop.sign_in_enforced"},
    {"file:C:\\ProgramData\\DockerDesktop\\registry.json", kWindows, kFile, 1,
     "docker_desktop.sign_in_enforced"},
    {"file:C:\\ProgramData\\DockerDesktop\\admin-settings.json", kWindows, kFile, 1, kDocker},
    {"file:C:\\Users\\*\\AppData\\Roaming\\Docker\\settings-store.json", kWindows, kFile, kUsers,
     "docker_desktop.backend"},
    {"file:C:\\Users\\*\\AppData\\Roaming\\Docker\\settings.json", kWindows, kFile, kUsers,
     "docker_desktop.backend"},
    {"path:C:\\Users\\*\\.docker\\cloud\\docker-cloud.sock", kWindows, 0, kUsers,
     "docker_desktop.engine_mode"},
};

constexpr std::string_view kProcesses[] = {
    "Docker Desktop.exe", "com.docker.backend.exe", "com.docker.vmm.exe",
    "docker-desktop",     "com.docker.backend",
};

}  // namespace

std::span<const PlanItem> Plan() { return kPlan; }
std::span<const std::string_view> PlannedProcesses() { return kProcesses; }

std::string PlanText() {
  std::size_t width = 0;
  for (const PlanItem& item : kPlan) width = std::max(width, item.locator.size());
  auto line = [&](std::string_view locator, std::string_view os, std::string_view bytes,
                  std::string_view matches, std::string_view reason) {
    return fmt::format("{:{}}  {:7}  {:>6}  {:>5}  {}\n", locator, width, os, bytes, matches,
                       reason);
  };
  std::string text = line("WHAT MAY BE READ", "OS", "BYTES", "TIMES", "FOR WHICH FACTS");
  for (const PlanItem& item : kPlan) {
    text += line(item.locator, item.os, std::to_string(item.max_bytes),
                 std::to_string(item.max_matches), item.reason);
  }
  text += "\nPrograms that a list of processes may name:";
  for (std::string_view name : kProcesses) text += fmt::format(" \"{}\"", name);
  text +=
      "\nNothing else is read, no program is run, and a '*' that stands for a user becomes a "
      "number.\n";
  return text;
}

}  // namespace vdiwatch::agent
