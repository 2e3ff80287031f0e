#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "server/api_client.h"
#include "server/cli.h"
#include "server/profile.h"

namespace vdiwatch::server {

// The option `--profile F` of commands that ask a server.
std::shared_ptr<std::string> AddProfileOption(CLI::App* command);

// The option `--config F` of commands that work on the server itself with it, and else ask the one
// of the profile: not with --profile, nor with --json.
std::shared_ptr<std::string> AddLocalConfigOption(CLI::App* command);

// Why nobody can have this role in these pools; empty: somebody can.
std::string ReachMisuse(const std::string& role, const std::vector<std::string>& pools);

// The named profile's path, or the default one where the name is empty.
Result<std::filesystem::path> ProfilePath(const std::string& wanted);

// The profile itself, once its CA file can be read.
Result<ClientProfile> LoadProfile(const std::string& wanted);

// An error if the file cannot be read, before it is needed.
Result<void> CheckReadable(const std::filesystem::path& file);

// GET of an API path with the profile's token; empty query values are left out.
using QueryValues = std::vector<std::pair<std::string_view, std::string>>;
Result<Json> Ask(const std::string& profile, const std::string& path,
                 const QueryValues& query = {});

// POST of JSON to an API path with the profile's token; waits up to `patience` for the answer.
Result<Json> Tell(const std::string& profile, const std::string& path, const Json& body,
                  Seconds patience = kOrdinaryPatience);

// The path with these query values; empty ones are left out.
std::string WithQuery(const std::string& path, const QueryValues& query);

// Any request of the API with the profile's token.
Result<ApiAnswer> CallServer(const std::string& profile, const ApiRequest& request);
// DELETE of an API path; `versioned`: with the ETag of what stands there (If-Match).
Result<Json> Remove(const std::string& profile, const std::string& path, bool versioned = false);
// PATCH of what stands at an API path.
Result<Json> Change(const std::string& profile, const std::string& path, const Json& body);

// A member as printable text for people: "" for null or a missing one.
std::string Text(const Json& object, std::string_view key);

// Its member `policy`: "docker-desktop-vdi 2026.11.1 (sha256:…)"; "" where it was not judged.
std::string PolicyText(const Json& judged);

// The flag `--json`.
std::shared_ptr<bool> AddJsonFlag(CLI::App* command);
void PrintJson(const Json& json, std::ostream& out);

}  // namespace vdiwatch::server
