#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vdiwatch::agent {

// The names of all settings; the same in every layer.
std::span<const std::string_view> SettingNames();

// One setting as one layer says it.
struct Setting {
  std::string value;
  std::string place;    // "file:line:col", or a registry key and "@value"
  std::string problem;  // why it cannot be used; empty if it can
};

// One place that an administrator sets things in.
struct SettingsLayer {
  std::string name;                   // "policy", "installation", "file"
  std::string place;                  // of the whole of it
  std::filesystem::path folder = {};  // where its relative paths start
  std::map<std::string, Setting, std::less<>> settings = {};
  std::vector<std::string> mistakes = {};  // "place: reason"; the agent does not start with one
  std::vector<std::string> warnings = {};  // "place: reason"
};

// A configuration file, strict YAML.
SettingsLayer LayerOfFile(std::string_view text, const std::filesystem::path& file);

// One value of a registry key: its text, or why it has none.
struct NamedValue {
  std::string name;
  std::string text;
  std::string problem;
};
// A registry key's values. Empty ones count as not set, since an installer writes those; an unknown
// name is a warning, since a newer template may know more than this agent.
SettingsLayer LayerOfValues(std::string name, std::string key, std::filesystem::path folder,
                            std::span<const NamedValue> values);

// --- What differs between operating systems (settings_*.cc) ---

// The layers that stand above the file, strongest first.
std::vector<SettingsLayer> LayersOfSystem();
std::filesystem::path DefaultConfigFile();
std::filesystem::path DefaultStateDir();
std::string_view DefaultProxy();

// Moves the enrolment token that an installer left for us to `file`, where it is kept, if there is
// one. Unavailable or denied: it is still there.
Result<void> TakeInstalledToken(const std::filesystem::path& file);

}  // namespace vdiwatch::agent
