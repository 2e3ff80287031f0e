#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/gather/plan.h"
#include "tests/load/windows_machine.h"

namespace vdiwatch::sim {

// One pool of the demonstration fleet: its desktops, and what an agent on each would read.
struct PoolModel {
  std::string_view name;
  std::string_view host_prefix;  // fra-fin -> fra-fin-001
  int desktops;
  bool resets;  // the system disk goes back to the image at every boot
  WindowsMachine (*machine)(int number);
};

// Finance to Nutanix, in the order of the quickstart; numbers of desktops start at 1.
std::span<const PoolModel> FleetPools();
const PoolModel* FindPool(std::string_view name);

// The same desktop has the same claims in every run.
agent::RawClaims ClaimsOf(const PoolModel& pool, int number);

}  // namespace vdiwatch::sim
