#include "server/cli_remote.h"

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "server/api_client.h"
#include "server/http.h"
#include "server/role.h"

namespace vdiwatch::server {

std::shared_ptr<std::string> AddProfileOption(CLI::App* command) {
  auto file = std::make_shared<std::string>();
  command->add_option("--profile", *file, "Another profile than this account's own")
      ->type_name("FILE");
  return file;
}

std::shared_ptr<std::string> AddLocalConfigOption(CLI::App* command) {
  auto file = std::make_shared<std::string>();
  CLI::Option* config =
      command->add_option("--config", *file, "On the server itself: the daemon's configuration")
          ->type_name("FILE");
  for (const char* other : {"--profile", "--json"}) {
    if (CLI::Option* option = command->get_option_no_throw(other)) config->excludes(option);
  }
  return file;
}

std::string ReachMisuse(const std::string& role, const std::vector<std::string>& pools) {
  const bool whole = role == ToString(Role::kAdministrator);
  return whole && !pools.empty() ? "an administrator sees every pool; leave --pool out" : "";
}

Result<std::filesystem::path> ProfilePath(const std::string& wanted) {
  if (!wanted.empty()) return std::filesystem::path(wanted);
  return DefaultProfilePath();
}

Result<void> CheckReadable(const std::filesystem::path& file) {
  const auto text = ReadFile(file, 1 << 20);
  if (!text) return text.error();
  return {};
}

Result<ClientProfile> LoadProfile(const std::string& wanted) {
  ASSIGN_OR_RETURN(const auto file, ProfilePath(wanted));
  ASSIGN_OR_RETURN(auto loaded, LoadClientProfile(file));
  if (!loaded.ca_file.empty()) RETURN_IF_ERROR(CheckReadable(loaded.ca_file));
  return loaded;
}

std::string WithQuery(const std::string& path, const QueryValues& query) {
  std::string target = path;
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    target += target.size() == path.size() ? '?' : '&';
    target += name;
    target += '=';
    target += PercentEncode(value);
  }
  return target;
}

Result<Json> Ask(const std::string& profile, const std::string& path, const QueryValues& query) {
  ASSIGN_OR_RETURN(const auto loaded, LoadProfile(profile));
  return GetJson(loaded, WithQuery(path, query));
}

Result<ApiAnswer> CallServer(const std::string& profile, const ApiRequest& request) {
  ASSIGN_OR_RETURN(const auto loaded, LoadProfile(profile));
  return CallApi(loaded, request);
}

Result<Json> Tell(const std::string& profile, const std::string& path, const Json& body,
                  Seconds patience) {
  ASSIGN_OR_RETURN(const auto loaded, LoadProfile(profile));
  return PostJson(loaded, path, body, patience);
}

Result<Json> Remove(const std::string& profile, const std::string& path, bool versioned) {
  ASSIGN_OR_RETURN(const auto loaded, LoadProfile(profile));
  return DeleteAt(loaded, path, versioned);
}

Result<Json> Change(const std::string& profile, const std::string& path, const Json& body) {
  ASSIGN_OR_RETURN(const auto loaded, LoadProfile(profile));
  return PatchJson(loaded, path, body);
}

std::string Text(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  // Agents wrote some of it: nothing may steer the terminal.
  return Printable(found->is_string() ? found->get<std::string>() : found->dump(), 4096);
}

std::string PolicyText(const Json& judged) {
  const Json policy = judged.value("policy", Json());
  if (!policy.is_object()) return "";
  std::vector<std::string> parts;
  for (const Json& pack : policy.value("packs", Json::array())) {
    parts.push_back(Text(pack, "name") + " " + Text(pack, "version"));
  }
  const std::string digest = Text(policy, "digest");
  if (!policy.value("in_force", false)) return digest + ", not in force any more";
  return parts.empty() ? digest : Join(parts, ", ") + " (" + digest + ")";
}

std::shared_ptr<bool> AddJsonFlag(CLI::App* command) {
  auto wanted = std::make_shared<bool>(false);
  command->add_flag("--json", *wanted, "Print JSON and nothing else");
  return wanted;
}

void PrintJson(const Json& json, std::ostream& out) { out << json.dump(2) << "\n"; }

}  // namespace vdiwatch::server
