#pragma once

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "collector/store/open.h"
#include "policy/policy_set.h"

namespace vdiwatch::bench {

inline constexpr Time kNow{Seconds(1'795'000'000)};

struct FleetSize {
  std::int64_t desktops = 1'000'000;
  std::int64_t pools = 2000;
  std::int64_t profiles = 5000;
};

// The built-in pack, every pool with attributes, and a waiver for every tenth.
std::vector<policy::PolicyFile> PolicyOfFleet(const FleetSize& size);

// Fills the database behind this file, which `database` has opened, with a fleet judged by `set`:
// pools and profiles through the store; desktops with one incarnation, log row and event each,
// alerts, deliveries and audit by bulk statements; 90 days, and 20 turns of each pool. The first
// pool has every tenth desktop and 300 profiles. Ends the program if it cannot.
void FillFleet(const std::filesystem::path& file, const collector::Database& database,
               const policy::PolicySet& set, const FleetSize& size);

}  // namespace vdiwatch::bench
