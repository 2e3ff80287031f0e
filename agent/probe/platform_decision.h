#pragma once

#include <optional>
#include <string_view>

#include "agent/probe/board.h"
#include "agent/probe/cpu.h"

namespace vdiwatch::agent {

// What the machine runs on, as far as the readings decide it.
struct PlatformDecision {
  std::string_view kind;      // a value of platform.kind; empty if undetermined
  std::optional<bool> guest;  // may be known where the kind is not
};

// Combines both views. Product names of the firmware beat the processor's signature, for
// hypervisors imitate each other's signatures; but VMware's alone beats its host's copied strings.
// What contradicts itself or is too thin stays undetermined.
PlatformDecision DecidePlatform(Look& look, const CpuView& cpu, Board board);

}  // namespace vdiwatch::agent
