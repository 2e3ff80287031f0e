#include <map>

#include "agent/probe/docker_desktop.h"
#include "base/json.h"

namespace vdiwatch::agent {
namespace {

// Since 4.35 settings-store.json with PascalCase keys, settings.json before; both may be there,
// then the newer counts. Source: docker/docs, settings reference and PR #21003.
constexpr std::string_view kNewer[] = {
    "file:C:\\Users\\*\\AppData\\Roaming\\Docker\\settings-store.json",
    "file:%APPDATA%\\Docker\\settings-store.json",
    "file:/home/*/.docker/desktop/settings-store.json",
};
constexpr std::string_view kOlder[] = {
    "file:C:\\Users\\*\\AppData\\Roaming\\Docker\\settings.json",
    "file:%APPDATA%\\Docker\\settings.json",
    "file:/home/*/.docker/desktop/settings.json",
};
constexpr auto kAdmin = "file:C:\\ProgramData\\DockerDesktop\\admin-settings.json";

std::optional<bool> Flag(const Json& json, std::string_view pascal, std::string_view camel) {
  for (std::string_view key : {pascal, camel}) {
    auto value = json.find(key);
    if (value != json.end() && value->is_boolean()) return value->get<bool>();
  }
  return std::nullopt;
}

std::optional<DockerSettings> Parse(const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  if (!text) return std::nullopt;
  auto json = ParseJson(text->text, "settings");
  if (!json || !json->is_object()) return std::nullopt;
  return DockerSettings{Flag(*json, "WslEngineEnabled", "wslEngineEnabled"),
                        Flag(*json, "UseWindowsContainers", "useWindowsContainers")};
}

// The folder tells the user.
std::string FolderOf(std::string_view locator) {
  return std::string(locator.substr(0, locator.find_last_of("\\/")));
}

}  // namespace

std::vector<DockerSettings> ReadDockerSettings(Look& look) {
  std::map<std::string, DockerSettings> by_user;
  auto read = [&](std::string_view locator_template) {
    for (const auto& [locator, reading] : look.All(locator_template)) {
      if (auto settings = Parse(*reading)) by_user.emplace(FolderOf(locator), *settings);
    }
  };
  for (std::string_view locator_template : kNewer) read(locator_template);
  for (std::string_view locator_template : kOlder) read(locator_template);
  std::vector<DockerSettings> all;
  for (const auto& [folder, settings] : by_user) all.push_back(settings);
  return all;
}

std::optional<bool> LockedSetting(Look& look, std::string_view key) {
  auto text = look.Text(kAdmin);
  if (!text) return std::nullopt;
  auto json = ParseJson(*text, "admin-settings.json");
  if (!json || !json->is_object() || !json->contains(key)) return std::nullopt;
  const Json& setting = (*json)[std::string(key)];
  if (!setting.is_object() || Flag(setting, "locked", "locked") != true) return std::nullopt;
  return Flag(setting, "value", "value");
}

}  // namespace vdiwatch::agent
