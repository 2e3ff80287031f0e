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
  std::optional<bool> no_windows_containers = {};  // of the installation alone
};
// A file that cannot be understood is a failed reading, and its user has no entry.
std::vector<DockerSettings> ReadDockerSettings(Look& look);

// What the installation chose for every user who does not choose; nothing where it was not read.
DockerSettings InstallSettings(Look& look);

// A value of the machine's admin-settings.json, {"key": {"locked": true, "value": …}}; only locked
// ones bind.
std::optional<bool> LockedSetting(Look& look, std::string_view key);

// Whether a file of settings is there; not known where it holds none.
std::optional<bool> HasSettings(Look& look, std::string_view locator);

// Whether a registry.json names organisations that users must sign in to; no if there is none.
std::optional<bool> NamesOrganisations(Look& look, std::string_view locator);

}  // namespace vdiwatch::agent
