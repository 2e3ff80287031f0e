#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "agent/commands.h"
#include "base/result.h"

namespace vdiwatch::agent {

// What the command line asked for, to be done after it was read.
using Command = std::function<Result<int>()>;

// Checks in whenever it is due until whatever started this process tells it to stop: a person on a
// console, systemd, or the service control manager of Windows.
Result<int> RunService(const ConfigChoice& choice);

// Adds `service install|remove|start|stop` where no package of the system does that: on Windows.
void AddServiceCommand(CLI::App& app, Command& chosen);

}  // namespace vdiwatch::agent
