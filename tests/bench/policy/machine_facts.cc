#include "tests/bench/policy/machine_facts.h"

namespace vdiwatch::bench {

Facts MachineFacts(std::int64_t number) {
  const auto flag = [](bool value) { return Known(FactValue(value)); };
  const auto count = [](std::int64_t value) { return Known(FactValue(value)); };
  static constexpr const char* kPlatforms[] = {"vmware", "vmware", "azure", "xen_server"};
  Facts facts = {
      {"platform.kind", Known(kPlatforms[number % 4])},
      {"platform.role", Known("guest")},
      {"platform.runs_own_hypervisor", flag(true)},
      {"nested_virtualization.exposed", flag(true)},
      {"nested_virtualization.usable", flag(true)},
      {"nested_virtualization.in_use", flag(true)},
      {"nested_virtualization.available", flag(true)},
      {"cpu.logical_processors", count(4 + number % 3)},
      {"memory.total_mib", count(12'288 + number)},
      {"azure.vm_size", number % 4 == 2 ? Known("Standard_D4s_v5") : Unknown(Missing::kAbsent)},
      {"os.family", Known("windows")},
      {"os.name", Known("Windows 11 Enterprise")},
      {"os.edition", Known("Enterprise")},
      {"os.build", Known("10.0.26100.2314")},
      {"os.multi_session", flag(false)},
      {"feature.wsl", Known("enabled")},
      {"feature.virtual_machine_platform", Known("enabled")},
      {"feature.hyper_v", Known("disabled")},
      {"feature.hypervisor_platform", Known("disabled")},
      {"feature.containers", Known("disabled")},
      {"wsl.version", Known("2.3.26")},
      {"wsl.default_version", count(2)},
      {"wsl.usable", flag(true)},
      {"vdi.broker", Known("none")},
      {"vdi.pool", Unknown(Missing::kAbsent)},
      {"persistence.declared", Known("persistent")},
      {"persistence.mechanism", Unknown(Missing::kAbsent)},
      {"docker_desktop.installed", flag(true)},
      {"docker_desktop.version", Known("4.42.0")},
      {"docker_desktop.backend", Known("wsl2")},
      {"docker_desktop.engine_mode", Known("local")},
      {"docker_desktop.instances", count(1)},
      {"docker_desktop.installs", count(1)},
      {"docker_desktop.sign_in_enforced", flag(true)},
  };
  return facts;
}

}  // namespace vdiwatch::bench
