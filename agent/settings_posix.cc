#include "agent/settings.h"

// Here the file is all there is.
namespace vdiwatch::agent {

std::vector<SettingsLayer> LayersOfSystem() { return {}; }
std::filesystem::path DefaultConfigFile() { return "/etc/vdiwatch/agent.yaml"; }
std::filesystem::path DefaultStateDir() { return "/var/lib/vdiwatch-agent"; }
std::string_view DefaultProxy() { return "none"; }
Result<void> TakeInstalledToken(const std::filesystem::path&) { return {}; }

}  // namespace vdiwatch::agent
