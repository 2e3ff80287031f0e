#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace vdiwatch::server {

// Which server a person's command line asks, and with which API token.
struct ClientProfile {
  std::string server;             // "https://vdiwatch.example:7444"
  std::filesystem::path ca_file;  // absolute; empty: the system's authorities
  std::string token;
};

// $VDIWATCH_PROFILE, else vdiwatch/profile.yaml under $XDG_CONFIG_HOME or ~/.config.
Result<std::filesystem::path> DefaultProfilePath();

// Errors: not_found says how to make one; invalid as file:line:col lines.
Result<ClientProfile> LoadClientProfile(const std::filesystem::path& file);
// Written for its owner alone; makes the directories above.
Result<void> SaveClientProfile(const std::filesystem::path& file, const ClientProfile& profile);

}  // namespace vdiwatch::server
