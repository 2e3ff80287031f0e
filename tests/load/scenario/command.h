#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"

namespace vdiwatch::sim {

struct ScenarioArguments {
  std::string name;
  bool list = false, json = false, small = false;
  int seats = 0;
};
void AddScenario(CLI::App& app, ScenarioArguments& arguments);

// Prints how it went; 0: it held, 1: it did not.
Result<int> RunScenarioCommand(const ScenarioArguments& arguments);

}  // namespace vdiwatch::sim
