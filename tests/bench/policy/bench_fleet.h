#pragma once

#include <cstdint>
#include <filesystem>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::bench {

struct FleetSize {
  std::int64_t desktops = 10'000;
  std::int64_t profiles = 5'000;  // each of one pool, in turn
  std::int64_t pools = 2'000;
  int days = 30;  // of history: over them, each desktop says goodbye and comes back once
};

// A store as the collector would have written it over the days before `now`, made by bulk inserts.
// `file` must not be there yet.
Result<void> MakeFleet(const std::filesystem::path& file, const FleetSize& size, Time now);

}  // namespace vdiwatch::bench
