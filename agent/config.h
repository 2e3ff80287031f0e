#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::agent {

inline constexpr std::string_view kDefaultConfigFile = "/etc/vdiwatch/agent.yaml";
inline constexpr std::string_view kDefaultStateDir = "/var/lib/vdiwatch-agent";

struct CollectorAddress {
  std::string host;  // a DNS name, or an IP address without brackets
  std::uint16_t port = 7443;
};
// "https://host:port"; the port may be left out. Invalid: what is wrong, in one line.
Result<CollectorAddress> ParseCollectorAddress(const std::string& text);
std::string ToString(const CollectorAddress& address);

// What an administrator tells the agent; relative paths are relative to the file's folder.
struct AgentConfig {
  CollectorAddress collector;
  std::filesystem::path ca_file;
  std::string token;  // one of these two; the file is read at each enrolment
  std::filesystem::path token_file;
  std::filesystem::path state_dir;
  std::filesystem::path canary_dir;  // must lie on the system volume, whatever state_dir does
};

// Strict YAML. Invalid: every mistake on a line of its own, "file:line:col: message".
Result<AgentConfig> ParseConfig(std::string_view text, const std::filesystem::path& file);
Result<AgentConfig> LoadConfig(const std::filesystem::path& file);

// As YAML again, defaults filled in, the token as `<secret>`.
std::string ShowConfig(const AgentConfig& config);

// The enrolment token, from the configuration or its file, without blanks around it.
Result<std::string> EnrolmentToken(const AgentConfig& config);

}  // namespace vdiwatch::agent
