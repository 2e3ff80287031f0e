#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/result.h"

namespace vdiwatch::sim {

// Adds `vdiwatch-sim bench`; when it is chosen, `chosen` becomes what runs it.
void AddBench(CLI::App& app, std::function<Result<void>()>& chosen);

}  // namespace vdiwatch::sim
