#include "server/profile.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxProfileBytes = 64 << 10;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A JSON string is a quoted YAML scalar.
std::string Quoted(const std::string& text) { return Json(text).dump(); }

}  // namespace

Result<std::filesystem::path> DefaultProfilePath() {
  if (const std::string file = Environment("VDIWATCH_PROFILE"); !file.empty()) {
    return std::filesystem::path(file);
  }
  const std::string config = Environment("XDG_CONFIG_HOME");
  const std::string home = Environment("HOME");
  if (config.empty() && home.empty()) {
    return NotFound("cannot tell where the profile is: HOME is not set; use --profile FILE");
  }
  const std::filesystem::path base =
      config.empty() ? std::filesystem::path(home) / ".config" : std::filesystem::path(config);
  return base / "vdiwatch" / "profile.yaml";
}

Result<ClientProfile> LoadClientProfile(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return NotFound(fmt::format(
        "there is no profile {}; make one with `vdiwatch profile set --server URL --token-file F`",
        file.string()));
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxProfileBytes));
  std::vector<Diagnostic> diagnostics;
  const std::vector<Yaml> documents = ParseYaml(text, file.string(), diagnostics);
  ClientProfile profile;
  if (diagnostics.empty() && documents.size() == 1) {
    YamlMap map(documents[0], "the profile", file.string(), diagnostics);
    profile.server = map.Text("server");
    profile.ca_file = map.TextOr("ca_file", "");
    profile.token = map.Text("token");
    map.Finish();
  }
  if (!diagnostics.empty()) return Invalid(ToString(diagnostics[0]));
  if (documents.size() != 1) return Invalid(file.string() + ":1:1: expected one document");
  return profile;
}

Result<void> SaveClientProfile(const std::filesystem::path& file, const ClientProfile& profile) {
  std::error_code failed;
  if (!file.parent_path().empty()) {
    std::filesystem::create_directories(file.parent_path(), failed);
  }
  if (failed) {
    return Unavailable(
        fmt::format("cannot make {}: {}", file.parent_path().string(), failed.message()));
  }
  const std::string ca_file =
      profile.ca_file.empty() ? "" : "ca_file: " + Quoted(profile.ca_file.string()) + "\n";
  return WriteFile(file,
                   fmt::format("# Written by `vdiwatch profile set`.\nserver: {}\n{}token: {}\n",
                               Quoted(profile.server), ca_file, Quoted(profile.token)),
                   FileMode::kPrivate);
}

}  // namespace vdiwatch::server
