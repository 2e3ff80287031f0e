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

fs::path Beside(const fs::path& file, const std::string& path) {
  if (path.empty()) return {};
  return (file.parent_path() / path).lexically_normal();  // an absolute path stays as it is
}

void ReadMembers(YamlMap& map, const fs::path& file, AgentConfig& config) {
  if (const Yaml* collector = map.Required("collector")) {
    auto address = ParseCollectorAddress(collector->text);
    if (address) config.collector = *std::move(address);
    if (!address) map.Complain(collector->mark, address.error().message);
  }
  config.ca_file = Beside(file, map.Text("ca_file"));
  config.token = map.TextOr("token", "");
  config.token_file = Beside(file, map.TextOr("token_file", ""));
  config.state_dir = Beside(file, map.TextOr("state_dir", std::string(kDefaultStateDir)));
  config.canary_dir = Beside(file, map.TextOr("canary_dir", ""));
  if (config.canary_dir.empty()) config.canary_dir = config.state_dir;
}

}  // namespace

Result<CollectorAddress> ParseCollectorAddress(const std::string& text) {
  Error problem =
      Invalid(fmt::format("'{}' is not an address such as https://collector.example:7443", text));
  try {
    Poco::URI uri(text);
    if (uri.getScheme() != "https" || uri.getHost().empty() || !uri.getUserInfo().empty() ||
        uri.getPathEtc().size() > 1) {
      return problem;
    }
    CollectorAddress address{.host = uri.getHost()};
    if (WritesPort(text)) address.port = uri.getPort();
    return address;
  } catch (const Poco::Exception&) {
    return problem;
  }
}

std::string ToString(const CollectorAddress& address) {
  bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("https://{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "",
                     address.port);
}

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
  std::string text = fmt::format("collector: {}\n", ToString(config.collector));
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
