#include "agent/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"
#include "report/messages.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kNames[] = {"collector", "ca_file",    "ca_pin", "token", "token_file",
                                       "state_dir", "canary_dir", "proxy",  "pool",  "vdi_mode"};
constexpr std::size_t kMaxValueBytes = 4096;

// Why text is no value of this setting, whatever it means; empty if it may be one.
std::string ProblemOf(std::string_view name, std::string_view text) {
  if (text.size() > kMaxValueBytes) return fmt::format("is over {} bytes long", kMaxValueBytes);
  if (FindTextFault(text) || text.find_first_of("\t\r\n") != text.npos) {
    return "holds a character that is no text";
  }
  constexpr std::string_view kApiTokens = "vdw_api_";
  bool secret = text.find(kEnrolTokenPrefix) != text.npos || text.find(kApiTokens) != text.npos;
  // Others are repeated where they are wrong, and shown where they are right.
  if (secret && name != "token") return "holds a token, which belongs into 'token'";
  return "";
}

}  // namespace

std::span<const std::string_view> SettingNames() { return kNames; }

SettingsLayer LayerOfFile(std::string_view text, const std::filesystem::path& file) {
  SettingsLayer layer{.name = "file", .place = file.string(), .folder = file.parent_path()};
  std::vector<Diagnostic> diagnostics;
  std::vector<Yaml> documents = ParseYaml(text, layer.place, diagnostics);
  if (diagnostics.empty() && documents.size() != 1) {
    diagnostics.push_back({layer.place, {1, 1}, "must hold one YAML document"});
  }
  if (diagnostics.empty()) {
    YamlMap map(documents.front(), "the agent's configuration", layer.place, diagnostics);
    for (std::string_view name : kNames) {
      const Yaml* value = documents.front().Find(name);
      std::string said = map.TextOr(name, "");
      if (!value || said.empty()) continue;
      std::string place =
          fmt::format("{}:{}:{}", layer.place, value->mark.line, value->mark.column);
      layer.settings[std::string(name)] = {said, place, ProblemOf(name, said)};
    }
    map.Finish();
  }
  for (const auto& diagnostic : diagnostics) layer.mistakes.push_back(ToString(diagnostic));
  return layer;
}

SettingsLayer LayerOfValues(std::string name, std::string key, std::filesystem::path folder,
                            std::span<const NamedValue> values) {
  SettingsLayer layer{
      .name = std::move(name), .place = std::move(key), .folder = std::move(folder)};
  for (const NamedValue& value : values) {
    std::string place = fmt::format("{}@{}", layer.place, Printable(value.name, 80));
    std::string setting = ToLower(value.name);  // the registry minds no case
    if (std::ranges::find(kNames, setting) == std::end(kNames)) {
      auto nearest = setting.size() > 80 ? std::nullopt : Nearest(setting, kNames);
      std::string hint = nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
      layer.warnings.push_back(fmt::format("{}: no setting has this name{}", place, hint));
      continue;
    }
    std::string problem = value.problem.empty() ? ProblemOf(setting, value.text) : value.problem;
    if (problem.empty() && Trim(value.text).empty()) continue;
    layer.settings[setting] = {std::string(Trim(value.text)), place, problem};
  }
  return layer;
}

}  // namespace vdiwatch::agent
