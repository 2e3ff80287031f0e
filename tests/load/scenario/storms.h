#pragma once

#include "tests/load/scenario/scenario.h"

namespace vdiwatch::sim {

// 10,000 desktops behind one source address enrol and report, as soon as they can, in real time.
Result<void> PlayBootStorm(const ScenarioOptions& options, Protocol& protocol);

// The collector is away for an hour of its clock; 10,000 agents wait for it as agents do, and the
// following intervals show whether their return comes back as an echo.
Result<void> PlayOutage(const ScenarioOptions& options, Protocol& protocol);

}  // namespace vdiwatch::sim
