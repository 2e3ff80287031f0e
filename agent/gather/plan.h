#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// One thing the agent may read; the plan is the complete list.
struct PlanItem {
  std::string_view locator;  // exact, or a template with '*'
  std::string_view os;       // "linux", "windows", "any"
  std::size_t max_bytes;     // of one reading
  std::size_t max_matches;   // of a template; 1 for an exact locator
  std::string_view reason;   // which facts need it, for an auditor
};
std::span<const PlanItem> Plan();

// The only program names that a list of processes may hold.
std::span<const std::string_view> PlannedProcesses();

// "locator  os  limit  reason" as a table for people (`vdiwatch-agent plan`).
std::string PlanText();

// Reads this machine by the plan; interprets nothing, never runs a child process. `root` replaces
// "/" for files, for tests; Windows has no such place. Blocks for a few milliseconds, on Windows as
// long as WMI takes, 20 seconds at most.
Evidence Gather(const std::string& root = "/");

// What only this machine's claims need, apart from the evidence: host name, domain, UUID, MACs.
struct RawClaims {
  std::string host_name, domain, smbios_uuid, entra_tenant, entra_device, cloud_vm_id;
  std::string vm_generation_id, broker_machine, image_id;
  std::vector<std::string>
      mac_addresses;  // of physical-looking interfaces; never leave as they are
};
RawClaims GatherClaims();

// A value that changes with every boot and only then.
Result<std::string> BootId();

}  // namespace vdiwatch::agent
