#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "agent/stop.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "tests/load/sim_desktop.h"

namespace vdiwatch::sim {

struct FleetOptions {
  FleetSite site;
  std::map<std::string, std::string, std::less<>> tokens;  // pool -> token; only these pools live
  int boots = 3;                    // that each desktop lives through before it settles down
  Seconds boot_every{9};            // between those boots
  std::optional<Seconds> interval;  // between check-ins; the collector's word if not given
  std::optional<Seconds> run_for;   // until stopped if not given
  int threads = 4;
};

// "pool token" lines; blank lines and lines that begin with # do not count.
Result<std::map<std::string, std::string, std::less<>>> ParseTokens(std::string_view text,
                                                                    std::string_view what);

// Runs the fleet until it is stopped or its time is over; logs how it goes every ten seconds.
// Errors: a token for a pool that the fleet does not have, a desktop that cannot boot.
Result<void> RunFleet(const FleetOptions& options, const Clock& clock, agent::StopSignal& stop,
                      Log& log);

}  // namespace vdiwatch::sim
