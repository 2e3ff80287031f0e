#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "server/cli.h"

namespace vdiwatch::server {

// What `vdiwatch token` and `api-token` take. Without config_file they ask the profile's server.
struct TokenOptions {
  std::shared_ptr<std::string> config_file, profile;
  std::shared_ptr<bool> json;
  std::string pool, name, role, id, cidr, note, expires;
  std::int64_t max_uses = 0;
  bool agent_config = false;
  std::vector<std::string> pools;  // globs that an API token is limited to

  bool here() const { return !config_file->empty(); }  // on the server itself
};

// An agent's configuration but for the token.
std::string AgentConfigText(const std::string& collector, const std::string& pins);

// The same through the API of the profile's server.
Result<int> CreateTokenThere(const TokenOptions& options, std::ostream& out);
Result<int> CreateApiTokenThere(const TokenOptions& options, std::ostream& out);
Result<int> ListTokensThere(const std::string& profile, bool json, const Terminal& terminal);
Result<int> RevokeTokenThere(const std::string& profile, const std::string& id, std::ostream& out);
void AddApiTokensThere(CommandLine& line, CLI::App* api_tokens);  // list, revoke

}  // namespace vdiwatch::server
