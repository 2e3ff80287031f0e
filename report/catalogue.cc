#include "report/catalogue.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace vdiwatch {
namespace {

using enum FactType;
using enum FactClass;

constexpr auto kAny = FactOs::kAny;
constexpr auto kWindows = FactOs::kWindows;

using Values = std::string_view;
constexpr Values kPlatforms[] = {
    "bare_metal",  "vmware",     "azure",     "hyper_v", "xen_server", "xen",
    "nutanix_ahv", "kvm",        "qemu",      "aws_xen", "aws_nitro",  "gcp",
    "openstack",   "virtualbox", "parallels", "bhyve",   "other_vm"};
constexpr Values kProducts[] = {"esxi", "workstation", "fusion"};
constexpr Values kReservedProducts[] = {"workstation", "fusion"};
constexpr Values kRoles[] = {"guest", "host"};
constexpr Values kFamilies[] = {"windows", "linux"};
constexpr Values kFeature[] = {"enabled", "disabled"};
constexpr Values kBrokers[] = {"none",        "citrix",  "horizon",    "avd",
                               "windows_365", "dev_box", "workspaces", "frame"};
constexpr Values kReservedBrokers[] = {"dev_box"};
constexpr Values kPersistence[] = {"persistent", "non_persistent"};
constexpr Values kPersistenceBasis[] = {"observed", "declared", "pool_pattern"};
constexpr Values kPersistenceVerdict[] = {"persistent", "non_persistent", "conflict"};
constexpr Values kMechanisms[] = {"citrix_pvs",
                                  "citrix_mcs",
                                  "horizon_instant_clone",
                                  "horizon_linked_clone",
                                  "horizon_full_clone",
                                  "avd_pooled",
                                  "avd_personal",
                                  "windows_365",
                                  "dev_box",
                                  "uwf",
                                  "deep_freeze",
                                  "ephemeral_os_disk",
                                  "overlay_root",
                                  "live_image",
                                  "administrator",
                                  "none"};
constexpr Values kReservedMechanisms[] = {"horizon_linked_clone", "horizon_full_clone",
                                          "avd_personal", "dev_box"};
constexpr Values kBackends[] = {"wsl2", "hyper_v", "windows_containers"};
constexpr Values kEngineModes[] = {"local", "cloud"};
constexpr Values kDuplicates[] = {"none", "cloned_identity", "shared_uuid", "name_collision"};

constexpr FactSpec kCatalogue[] = {
    {"platform.kind", kEnum, kConfiguration, kAny, "", kPlatforms,
     "What the machine runs on: the hypervisor or cloud underneath it, or the bare metal."},
    {"platform.product", kEnum, kConfiguration, kAny, "", kProducts,
     "The product of that hypervisor, where it can be told.", kReservedProducts},
    {"platform.role", kEnum, kConfiguration, kAny, "", kRoles,
     "Guest on every platform but bare metal; host there."},
    {"platform.runs_own_hypervisor",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "Windows runs as root partition of its own Hyper-V (VBS, WSL 2 or Hyper-V is active)."},
    {"nested_virtualization.exposed",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "The virtual CPU shows hardware virtualization (VMX or SVM) to this machine."},
    {"nested_virtualization.usable",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "A hypervisor could start inside this machine."},
    {"nested_virtualization.in_use",
     kBool,
     kState,
     kAny,
     "",
     {},
     "A hypervisor is running inside this machine."},
    {"nested_virtualization.available",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "Summary: hardware virtualization can be used inside this machine."},
    {"cpu.logical_processors",
     kInteger,
     kConfiguration,
     kAny,
     "",
     {},
     "Logical processors that the operating system sees."},
    {"memory.total_mib",
     kInteger,
     kConfiguration,
     kAny,
     "MiB",
     {},
     "Memory installed in this machine, not what is usable at the moment."},
    {"azure.vm_size",
     kText,
     kConfiguration,
     kAny,
     "",
     {},
     "The size of the Azure VM, as the instance metadata service tells it."},
    {"azure.security_type",
     kText,
     kConfiguration,
     kAny,
     "",
     {},
     "The security type of the Azure VM: Standard, TrustedLaunch or ConfidentialVM."},
    {"os.family", kEnum, kConfiguration, kAny, "", kFamilies, "Windows or Linux."},
    {"os.name", kText, kConfiguration, kAny, "", {}, "The operating system's product name."},
    {"os.edition", kText, kConfiguration, kAny, "", {}, "The operating system's edition."},
    {"os.build", kVersion, kConfiguration, kAny, "", {}, "The operating system's build or kernel."},
    {"os.multi_session",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "Several users can be signed in at once (Windows multi-session or a session host)."},
    {"feature.wsl", kEnum, kConfiguration, kWindows, "", kFeature,
     "The optional feature Windows Subsystem for Linux."},
    {"feature.virtual_machine_platform", kEnum, kConfiguration, kWindows, "", kFeature,
     "The optional feature Virtual Machine Platform, which WSL 2 needs."},
    {"feature.hyper_v", kEnum, kConfiguration, kWindows, "", kFeature,
     "The optional feature Hyper-V."},
    {"feature.hypervisor_platform", kEnum, kConfiguration, kWindows, "", kFeature,
     "The optional feature Windows Hypervisor Platform."},
    {"feature.containers", kEnum, kConfiguration, kWindows, "", kFeature,
     "The optional feature Containers, which Windows containers need."},
    {"wsl.version",
     kVersion,
     kConfiguration,
     kWindows,
     "",
     {},
     "The version of the installed WSL package."},
    {"wsl.default_version",
     kInteger,
     kConfiguration,
     kWindows,
     "",
     {},
     "The WSL version that new distributions get: 1 or 2."},
    {"wsl.usable",
     kBool,
     kConfiguration,
     kWindows,
     "",
     {},
     "WSL 2 can run here: installed, its features on, not forbidden, virtualization available."},
    {"windows_containers.usable",
     kBool,
     kConfiguration,
     kWindows,
     "",
     {},
     "Docker's Windows containers can run here: Containers and Hyper-V on, not left out of the "
     "installation, virtualization available."},
    {"vdi.broker", kEnum, kConfiguration, kAny, "", kBrokers,
     "The desktop broker whose agent serves this machine.", kReservedBrokers},
    {"vdi.broker_version", kVersion, kConfiguration, kAny, "", {}, "The version of that agent."},
    {"vdi.pool",
     kText,
     kState,
     kAny,
     "",
     {},
     "Machine catalogue, delivery group or host pool, as the broker's agent tells it; else as the "
     "agent's setting `pool` says."},
    {"vdi.contradicted_settings",
     kText,
     kState,
     kAny,
     "",
     {},
     "Where the agent's settings `pool` and `vdi_mode` say something else than the broker or the "
     "provisioning software, whose word counts."},
    {"persistence.declared", kEnum, kConfiguration, kAny, "", kPersistence,
     "Whether the desktop keeps its disk, as the provisioning software declares it; else as the "
     "agent's setting `vdi_mode` says."},
    {"persistence.mechanism", kEnum, kConfiguration, kAny, "", kMechanisms,
     "The provisioning or write filter behind that declaration; `administrator` if it is the "
     "setting `vdi_mode`.",
     kReservedMechanisms},
    {"persistence.profile_container",
     kText,
     kConfiguration,
     kWindows,
     "",
     {},
     "User profiles in a container (FSLogix and alike): user state that roams, not persistence."},
    {"persistence.observed", kEnum, kDerived, kAny, "", kPersistence,
     "Whether the desktop kept its disk over its last boots, as the collector saw it."},
    {"persistence.pool_pattern", kEnum, kDerived, kAny, "", kPersistence,
     "What nearly all observed desktops of the pool are; a prior until this one was seen to "
     "restart, no proof."},
    {"persistence.verdict", kEnum, kDerived, kAny, "", kPersistenceVerdict,
     "What was observed, else what is declared, else the pool's pattern; conflict where observed "
     "and declared disagree."},
    {"persistence.basis", kEnum, kDerived, kAny, "", kPersistenceBasis,
     "What persistence.verdict rests on."},
    {"docker_desktop.installed",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "Docker Desktop is installed, for the machine or for any user."},
    {"docker_desktop.version",
     kVersion,
     kConfiguration,
     kAny,
     "",
     {},
     "The oldest installed version of Docker Desktop."},
    {"docker_desktop.backend", kEnum, kState, kWindows, "", kBackends,
     "What its engine runs on; with several users, the most demanding."},
    {"docker_desktop.engine_mode", kEnum, kState, kAny, "", kEngineModes,
     "Whether containers run on this machine or in Docker's cloud."},
    {"docker_desktop.instances",
     kInteger,
     kState,
     kAny,
     "",
     {},
     "Users with a running Docker Desktop backend, counted on the machine."},
    {"docker_desktop.installs",
     kInteger,
     kConfiguration,
     kAny,
     "",
     {},
     "Installations of Docker Desktop on this machine, per machine and per user."},
    {"docker_desktop.installed_at",
     kTime,
     kPerDesktop,
     kAny,
     "",
     {},
     "When Docker Desktop was installed."},
    {"docker_desktop.sign_in_enforced",
     kBool,
     kConfiguration,
     kAny,
     "",
     {},
     "Signing in with an organisation's account is enforced."},
    {"docker_desktop.installed_before_nested_virtualization",
     kBool,
     kDerived,
     kAny,
     "",
     {},
     "Docker Desktop was there before nested virtualization was turned on. True: the collector "
     "saw this installation without nested virtualization, and now with it. False: it saw "
     "nested virtualization, and then a new installation. What came before its first look, or "
     "with another disk, it cannot know."},
    {"vdi.image",
     kText,
     kPerDesktop,
     kAny,
     "",
     {},
     "The image or template that this desktop was made from, where it is told."},
    {"identity.duplicate", kEnum, kDerived, kAny, "", kDuplicates,
     "Whether another machine claims to be this desktop, and how."},
};

}  // namespace

std::span<const FactSpec> Catalogue() { return kCatalogue; }

const FactSpec* FindFact(std::string_view key) {
  auto found = std::ranges::find(kCatalogue, key, &FactSpec::key);
  return found == std::end(kCatalogue) ? nullptr : found;
}

std::optional<std::string_view> NearestFactKey(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const auto& spec : kCatalogue) keys.push_back(spec.key);
  return Nearest(key, keys);
}

std::string_view ToString(FactType type) {
  switch (type) {
    case FactType::kBool:
      return "bool";
    case FactType::kInteger:
      return "integer";
    case FactType::kText:
      return "text";
    case FactType::kVersion:
      return "version";
    case FactType::kTime:
      return "time";
    case FactType::kEnum:
      return "enum";
  }
  return "text";
}

std::string_view ToString(FactClass fact_class) {
  switch (fact_class) {
    case FactClass::kConfiguration:
      return "configuration";
    case FactClass::kState:
      return "state";
    case FactClass::kPerDesktop:
      return "per_desktop";
    case FactClass::kDerived:
      return "derived";
  }
  return "configuration";
}

std::string_view ToString(FactOs os) {
  switch (os) {
    case FactOs::kAny:
      return "any";
    case FactOs::kWindows:
      return "windows";
    case FactOs::kLinux:
      return "linux";
  }
  return "any";
}

}  // namespace vdiwatch
