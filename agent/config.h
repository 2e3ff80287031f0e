#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings.h"
#include "base/result.h"

namespace vdiwatch::agent {

struct CollectorAddress {
  std::string host;  // a DNS name, or an IP address without brackets
  std::uint16_t port = 7443;
};
// "https://host:port"; the port may be left out. Invalid: what is wrong, in one line.
Result<CollectorAddress> ParseCollectorAddress(const std::string& text);
std::string ToString(const CollectorAddress& address);

// A setting as people see it: what is in force, which layer said so, and which said something else.
struct ShownSetting {
  std::string name;
  std::string value;  // `<secret>` where it is one
  std::string won;    // "policy HKLM\…@collector", "default"
  std::vector<std::string> lost;
};

// What an administrator tells the agent; relative paths are relative to their layer's folder.
struct AgentConfig {
  CollectorAddress collector;
  std::filesystem::path ca_file;     // one of these two
  std::vector<std::string> ca_pins;  // raw digests, see pin.h
  std::string token;                 // one of these two; the file is read at each enrolment
  std::filesystem::path token_file;
  std::filesystem::path state_dir;
  std::filesystem::path canary_dir;  // must lie on the system volume, whatever state_dir does
  std::string proxy = "none";        // see proxy.h
  std::string pool, vdi_mode;        // may be empty

  std::vector<ShownSetting> shown;  // every setting that has a value
  std::vector<std::string> warnings;
};

// All of it, or no more than where the agent's state lies.
enum class Needs { kAll, kState };

// The strongest layer comes first and wins, setting by setting; of two settings that stand for each
// other (`token` and `token_file`, `ca_file` and `ca_pin`) the one in the stronger layer. Pure.
// Invalid: every mistake on a line of its own, "place: reason".
Result<AgentConfig> MergeSettings(std::span<const SettingsLayer> layers, Needs needs);

// Where the file is, and whether it was named by the user and must be there.
struct ConfigChoice {
  std::filesystem::path file;
  bool named = false;
};
// All layers of this machine. Not found: there is neither the file nor any other setting.
Result<AgentConfig> LoadConfig(const ConfigChoice& choice, Needs needs = Needs::kAll);

// The file's text as the only layer.
Result<AgentConfig> ParseConfig(std::string_view text, const std::filesystem::path& file);

// As YAML again, defaults filled in, secrets hidden; comments say which layer won.
std::string ShowConfig(const AgentConfig& config);

// Where a token is kept that an installer left in the registry.
std::filesystem::path KeptTokenFile(const AgentConfig& config);

// The enrolment token, from the configuration or its file, without blanks around it.
Result<std::string> EnrolmentToken(const AgentConfig& config);
// The same, and invalid where it is none that a collector made. Never repeats it.
Result<void> CheckEnrolmentToken(const AgentConfig& config);

}  // namespace vdiwatch::agent
