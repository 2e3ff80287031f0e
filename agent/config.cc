#include "agent/config.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/messages.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = 64 << 10;
constexpr std::size_t kMaxTokenBytes = 1024;

// Whether an https address names its port; the URI class answers 443 if it does not.
bool WritesPort(std::string_view address) {
  std::string_view authority = Split(address.substr(std::string_view("https://").size()), '/')[0];
  return Split(authority, ']').back().find(':') != std::string_view::npos;
}

// A token that was taken from the installation stands for it.
SettingsLayer KeptToken(const fs::path& file) {
  SettingsLayer layer{.name = "installation, kept in", .place = file.string()};
  std::error_code trouble;  // a folder that may not be read counts as one that has it
  if (fs::exists(file, trouble) || trouble) {
    layer.settings["token_file"] = {file.string(), file.string(), ""};
  }
  return layer;
}

// A plain scalar of YAML where that is read back as the same text.
std::string Scalar(const std::string& value) {
  bool plain = !value.empty() && value.find(": ") == value.npos && value.find(" #") == value.npos &&
               value.find_first_of("\"'{}[],&*!|%@`\t\r\n") == value.npos &&
               std::string_view("-?#:<>=~ ").find(value.front()) == std::string_view::npos &&
               value.back() != ' ' && value.back() != ':';
  return plain || value == "<secret>" ? value : Json(value).dump();
}

}  // namespace

Result<CollectorAddress> ParseCollectorAddress(const std::string& text) {
  // A name and password that somebody wrote into it are not repeated.
  const std::string shown = text.find('@') == std::string::npos ? Printable(text) : "<secret>";
  Error problem =
      Invalid(fmt::format("'{}' is not an address such as https://collector.example:7443", shown));
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
  const SettingsLayer layers[] = {LayerOfFile(text, file)};
  return MergeSettings(layers, Needs::kAll);
}

Result<AgentConfig> LoadConfig(const ConfigChoice& choice, Needs needs) {
  std::vector<SettingsLayer> layers = LayersOfSystem();
  const std::size_t above_file = layers.size();
  bool any = false;
  for (const auto& layer : layers) any |= !layer.settings.empty() || !layer.mistakes.empty();
  auto text = ReadFile(choice.file, kMaxConfigBytes);
  bool missing = !text && text.error().kind == ErrorKind::kNotFound;
  if (!text && (!missing || choice.named || !any)) return text.error();
  layers.push_back(LayerOfFile(text ? *text : "{}", choice.file));
  ASSIGN_OR_RETURN(AgentConfig places, MergeSettings(layers, Needs::kState));
  if (needs == Needs::kState) return places;
  layers.insert(layers.begin() + static_cast<std::ptrdiff_t>(above_file),
                KeptToken(KeptTokenFile(places)));
  return MergeSettings(layers, needs);
}

std::string ShowConfig(const AgentConfig& config) {
  std::string text;
  for (const std::string& warning : config.warnings) text += "# warning: " + warning + "\n";
  for (const ShownSetting& setting : config.shown) {
    text += fmt::format("{}: {}  # {}", setting.name, Scalar(setting.value), setting.won);
    for (const std::string& lost : setting.lost) text += "; not " + lost;
    text += "\n";
  }
  return text;
}

fs::path KeptTokenFile(const AgentConfig& config) { return config.state_dir / "token"; }

Result<std::string> EnrolmentToken(const AgentConfig& config) {
  std::string token = config.token;
  if (token.empty()) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(config.token_file, kMaxTokenBytes));
    token = Trim(text);
  }
  if (!token.empty() && token.find_first_of(" \t\r\n") == std::string::npos) return token;
  return Invalid(fmt::format("{}: must hold one enrolment token",
                             config.token.empty() ? config.token_file.string() : "token"));
}

Result<void> CheckEnrolmentToken(const AgentConfig& config) {
  ASSIGN_OR_RETURN(std::string token, EnrolmentToken(config));
  if (token.starts_with(kEnrolTokenPrefix)) return {};
  return Invalid(fmt::format("{}: is no enrolment token, which begins with {}",
                             config.token.empty() ? config.token_file.string() : "token",
                             kEnrolTokenPrefix));
}

}  // namespace vdiwatch::agent
