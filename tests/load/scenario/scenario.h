#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tests/load/scenario/protocol.h"

namespace vdiwatch::sim {

enum class Size { kFull, kSmall };  // small: the same in seconds, for the tests

struct ScenarioOptions {
  Size size = Size::kFull;
  int seats = 0;  // 0: as the size says
};

struct ScenarioName {
  std::string_view name, what;
};
std::vector<ScenarioName> ScenarioNames();

// Plays the scenario against a daemon of its own; how it went is in the protocol. Errors: not_found
// (no such scenario).
Result<Protocol> PlayScenario(std::string_view name, const ScenarioOptions& options);

}  // namespace vdiwatch::sim
