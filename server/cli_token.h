#pragma once

#include <iosfwd>
#include <string>

#include "server/cli.h"

namespace vdiwatch::server {

// What `vdiwatch token` and `api-token` do through the API of the profile's server.
Result<int> ListTokensThere(const std::string& profile, bool json, const Terminal& terminal);
Result<int> RevokeTokenThere(const std::string& profile, const std::string& id, std::ostream& out);
void AddApiTokensThere(CommandLine& line, CLI::App* api_tokens);  // list, revoke

}  // namespace vdiwatch::server
