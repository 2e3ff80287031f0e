#include <map>

#include "agent/probe/docker_desktop.h"
#include "base/json.h"
#include "base/text.h"

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
// What the installer was told (seen in public installation scripts; not described by Docker).
constexpr std::string_view kInstall = "file:C:\\ProgramData\\DockerDesktop\\install-settings.json";

// A switch under either name; one that is no bool is a failed reading.
std::optional<bool> Flag(Look& look, const Json& json, std::string_view pascal,
                         std::string_view camel) {
  for (std::string_view key : {pascal, camel}) {
    auto value = json.find(key);
    if (value == json.end() || value->is_null()) continue;
    if (value->is_boolean()) return value->get<bool>();
    look.Fail();
  }
  return std::nullopt;
}

std::optional<Json> Object(Look& look, std::string_view text) {
  auto json = ParseJson(text, "settings");
  if (json && json->is_object()) return *std::move(json);
  look.Fail();
  return std::nullopt;
}

// Nothing for a file that cannot be understood, or whose place could not be read.
std::optional<DockerSettings> Parse(Look& look, const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  if (!text && !std::holds_alternative<MissingReading>(reading)) look.Fail();
  auto json = text ? Object(look, text->text) : std::nullopt;
  if (!json) return std::nullopt;
  return DockerSettings{Flag(look, *json, "WslEngineEnabled", "wslEngineEnabled"),
                        Flag(look, *json, "UseWindowsContainers", "useWindowsContainers")};
}

// The folder tells the user.
std::string FolderOf(std::string_view locator) {
  return std::string(locator.substr(0, locator.find_last_of("\\/")));
}

}  // namespace

std::vector<DockerSettings> ReadDockerSettings(Look& look) {
  std::map<std::string, std::optional<DockerSettings>> by_user;
  auto read = [&](std::string_view locator_template) {
    for (const auto& [locator, reading] : look.All(locator_template)) {
      const auto* missing = std::get_if<MissingReading>(reading);
      bool there = !missing || missing->why != Missing::kAbsent;
      if (there) by_user.emplace(FolderOf(locator), Parse(look, *reading));
    }
  };
  for (std::string_view locator_template : kNewer) read(locator_template);
  for (std::string_view locator_template : kOlder) read(locator_template);
  std::vector<DockerSettings> all;
  for (const auto& [folder, settings] : by_user) {
    if (settings) all.push_back(*settings);
  }
  return all;
}

DockerSettings InstallSettings(Look& look) {
  if (!look.evidence().items.contains(kInstall)) return {};
  auto text = look.Text(kInstall);
  auto json = text ? Object(look, *text) : std::nullopt;
  if (!json) return {};
  return {Flag(look, *json, "wslEngineEnabled", "WslEngineEnabled"), std::nullopt,
          Flag(look, *json, "noWindowsContainers", "NoWindowsContainers")};
}

std::optional<bool> LockedSetting(Look& look, std::string_view key) {
  auto text = look.Text(kAdmin);
  auto json = text ? Object(look, *text) : std::nullopt;
  if (!json || !json->contains(key)) return std::nullopt;
  const Json& setting = (*json)[std::string(key)];
  if (!setting.is_object()) {
    look.Fail();
    return std::nullopt;
  }
  if (Flag(look, setting, "locked", "Locked") != true) return std::nullopt;
  return Flag(look, setting, "value", "Value");
}

std::optional<bool> HasSettings(Look& look, std::string_view locator) {
  auto text = look.Text(locator);
  if (!text) return look.Exists(locator) == false ? std::optional(false) : std::nullopt;
  return Object(look, *text) ? std::optional(true) : std::nullopt;
}

std::optional<bool> NamesOrganisations(Look& look, std::string_view locator) {
  auto text = look.Text(locator);
  if (!text) return look.Exists(locator) == false ? std::optional(false) : std::nullopt;
  auto json = Object(look, *text);
  if (!json) return std::nullopt;
  auto organisations = json->find("allowedOrgs");
  if (organisations == json->end()) return false;
  auto names = organisations->is_array() ? *organisations : Json::array({*organisations});
  bool named = false;
  for (const Json& name : names) {
    if (!name.is_string()) {
      look.Fail();
      return std::nullopt;
    }
    named = named || !Trim(name.get_ref<const std::string&>()).empty();
  }
  return named;
}

}  // namespace vdiwatch::agent
