#include "tests/load/pool_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/load/sim_machine.h"

namespace vdiwatch::sim {
namespace {

using Nesting = WindowsMachine::Nesting;

constexpr std::string_view kDocker = "4.44.3";

WindowsMachine Finance(int number) {
  WindowsMachine machine;
  machine.OnVmware(Nesting::kInUse).WithResources(4, 16).WithWsl("2.5.9.0");
  machine.WithHorizon("finance", false);
  machine.WithDocker(number == 12 ? "4.30.0" : kDocker, "20260302", 1);
  return machine;
}

WindowsMachine Engineering(int number) {
  WindowsMachine machine;
  std::string vm_id = UuidFor(fmt::format("azure {}", number));
  machine.OnAzure("Standard_D4s_v5", vm_id, Nesting::kInUse).WithResources(4, 16);
  machine.WithWsl("2.5.9.0").WithAvd("hp-engineering-weu");
  machine.WithDocker(kDocker, "20260504", number % 5 == 0 ? 0 : 1);
  return machine;
}

WindowsMachine CitrixXen(int number) {
  WindowsMachine machine;
  machine.OnXenServer().WithResources(4, 16).WithCitrixMcs("Leeds Developers", true);
  if (number % 4 != 0) machine.WithDocker("4.41.2", "20251110", 1);
  if (number == 17) machine.Denied("processes");  // hardened by somebody
  return machine;
}

WindowsMachine HorizonInstant(int number) {
  WindowsMachine machine;
  machine.OnVmware(Nesting::kInUse).WithResources(4, 16).WithWsl("2.5.9.0");
  machine.WithHorizon("dev-instant", true).WithDocker(kDocker, "20260601", number % 2);
  return machine;
}

WindowsMachine Nutanix(int number) {
  WindowsMachine machine;
  machine.OnNutanix(Nesting::kInUse).WithResources(4, 16).WithWsl("2.4.13.0").WithFrame();
  // On one desktop a second user is signed in, and runs it as well.
  machine.WithDocker(number == 20 ? "4.38.0" : kDocker, "20260415", number == 5 ? 2 : 1);
  return machine;
}

WindowsMachine NoNesting(int number) {
  WindowsMachine machine;
  machine.OnVmware(Nesting::kHidden).WithResources(4, 16).WithHorizon("leeds-office", false);
  // A few were switched on by hand, before they were asked about.
  if (number <= 2) machine.OnVmware(Nesting::kExposed).WithWsl("2.5.9.0");
  return machine;
}

constexpr PoolModel kPools[] = {
    {"finance-vmware", "fra-fin", 48, false, Finance},
    {"engineering-azure", "weu-eng", 36, false, Engineering},
    {"citrix-xen", "lds-ctx", 40, false, CitrixXen},
    {"horizon-instant", "fra-hzn", 60, true, HorizonInstant},
    {"nutanix-wsl2", "lyo-ahv", 24, false, Nutanix},
    {"vmware-no-nested", "lds-vmw", 30, false, NoNesting},
};

}  // namespace

std::span<const PoolModel> FleetPools() { return kPools; }

const PoolModel* FindPool(std::string_view name) {
  auto found = std::ranges::find(kPools, name, &PoolModel::name);
  return found == std::end(kPools) ? nullptr : &*found;
}

agent::RawClaims ClaimsOf(const PoolModel& pool, int number) {
  agent::RawClaims claims;
  claims.host_name = fmt::format("{}-{:03}", pool.host_prefix, number);
  claims.domain = "corp.example";
  claims.smbios_uuid = UuidFor(claims.host_name);
  claims.mac_addresses = {MacFor(claims.host_name)};
  if (pool.machine == Engineering) claims.cloud_vm_id = UuidFor(fmt::format("azure {}", number));
  return claims;
}

}  // namespace vdiwatch::sim
