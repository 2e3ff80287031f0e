#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/probe/look.h"

namespace vdiwatch::agent {

// What the settings of Docker Desktop choose, one entry a user; nothing where they leave a
// default. Newer versions keep only what differs from the default.
struct DockerSettings {
  std::optional<bool> wsl_engine;
  std::optional<bool> windows_containers;
};
std::vector<DockerSettings> ReadDockerSettings(Look& look);

// A value of the machine's admin-settings.json, {"key": {"locked": true, "value": …}}; only locked
// ones bind.
std::optional<bool> LockedSetting(Look& look, std::string_view key);

}  // namespace vdiwatch::agent
