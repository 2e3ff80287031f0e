#include "agent/config.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = 64 << 10;
constexpr std::size_t kMaxTokenBytes = 1024;
constexpr std::uint16_t kDefaultPort = 7443;

Error Mistakes(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const auto& diagnostic : diagnostics) lines.push_back(ToString(diagnostic));
  return Invalid(Join(lines, "\n"));
}

// Whether an https address names its port; the URI class answers 443 if it does not.
bool WritesPort(std::string_view address) {
  std::string_view authority = Split(address.substr(std::string_view("https://").size()), '/')[0];
  return Split(authority, ']').back().find(':') != std::string_view::npos;
}

// Fills in host and port, or says what is wrong with the address.
std::string ReadAddress(const std::string& text, AgentConfig& config) {
  try {
    Poco::URI uri(text);
    if (uri.getScheme() != "https" || uri.getHost().empty() || !uri.getUserInfo().empty() ||
        uri.getPathEtc().size() > 1) {
      return fmt::format("'{}' is not an address such as https://collector.example:7443", text);
    }
    config.host = uri.getHost();
    config.port = WritesPort(text) ? uri.getPort() : kDefaultPort;
    return "";
  } catch (const Poco::Exception&) {
    return fmt::format("'{}' is not an address such as https://collector.example:7443", text);
  }
}

fs::path Beside(const fs::path& file, const std::string& path) {
  if (path.empty()) return {};
  return (file.parent_path() / path).lexically_normal();  // an absolute path stays as it is
}

void ReadMembers(YamlMap& map, const fs::path& file, AgentConfig& config) {
  if (const Yaml* collector = map.Required("collector")) {
    std::string problem = collector->kind == Yaml::Kind::kScalar
                              ? ReadAddress(collector->text, config)
                              : "'collector' must be text";
    if (!problem.empty()) map.Complain(collector->mark, problem);
  }
  config.ca_file = Beside(file, map.Text("ca_file"));
  config.token = map.TextOr("token", "");
  config.token_file = Beside(file, map.TextOr("token_file", ""));
  config.state_dir = Beside(file, map.TextOr("state_dir", std::string(kDefaultStateDir)));
  config.canary_dir = Beside(file, map.TextOr("canary_dir", config.state_dir.string()));
}

}  // namespace

Result<AgentConfig> ParseConfig(std::string_view text, const fs::path& file) {
  std::vector<Diagnostic> diagnostics;
  std::vector<Yaml> documents = ParseYaml(text, file.string(), diagnostics);
  if (!diagnostics.empty()) return Mistakes(diagnostics);
  if (documents.size() != 1) {
    return Invalid(fmt::format("{}:1:1: must hold one YAML document", file.string()));
  }
  AgentConfig config;
  YamlMap map(documents.front(), "the agent's configuration", file.string(), diagnostics);
  ReadMembers(map, file, config);
  map.Finish();
  if (diagnostics.empty() && config.token.empty() == config.token_file.empty()) {
    map.Complain(documents.front().mark, "needs one of 'token' and 'token_file'");
  }
  if (!diagnostics.empty()) return Mistakes(diagnostics);
  return config;
}

Result<AgentConfig> LoadConfig(const fs::path& file) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, kMaxConfigBytes));
  return ParseConfig(text, file);
}

std::string ShowConfig(const AgentConfig& config) {
  bool ipv6 = config.host.find(':') != std::string::npos;
  std::string text = fmt::format("collector: https://{}{}{}:{}\n", ipv6 ? "[" : "", config.host,
                                 ipv6 ? "]" : "", config.port);
  text += fmt::format("ca_file: {}\n", config.ca_file.string());
  if (!config.token.empty()) text += "token: <secret>\n";
  if (!config.token_file.empty()) {
    text += fmt::format("token_file: {}\n", config.token_file.string());
  }
  text += fmt::format("state_dir: {}\n", config.state_dir.string());
  text += fmt::format("canary_dir: {}\n", config.canary_dir.string());
  return text;
}

Result<std::string> EnrolmentToken(const AgentConfig& config) {
  if (!config.token.empty()) return config.token;
  ASSIGN_OR_RETURN(std::string text, ReadFile(config.token_file, kMaxTokenBytes));
  std::string token(Trim(text));
  if (token.empty() || token.find_first_of(" \t\r\n") != std::string::npos) {
    return Invalid(fmt::format("{}: must hold one enrolment token", config.token_file.string()));
  }
  return token;
}

}  // namespace vdiwatch::agent
