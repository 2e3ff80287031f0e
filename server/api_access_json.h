#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "collector/store/access_store.h"
#include "collector/store/rows.h"
#include "server/pool_scope.h"

namespace vdiwatch::server {

// How the API writes users and keys, and reads what they may do.

Json UserJson(const collector::User& user);

// What somebody or something may do, and where.
struct Reach {
  std::string role;
  PoolScope pools;
};
// The members `role` and `pools` of a body; what is not there is as in `otherwise`, or required
// (role) and every pool. Invalid: no role, no list of globs, an administrator limited to pools.
Result<Reach> ReadReach(const Json& body, const std::optional<Reach>& otherwise);
// "viewer of fin-*, hr", "administrator"
std::string ReachText(const Reach& reach);

// For the audit log: what an API token may do until when, and which it is; what an enrolment token
// may do.
std::string ApiTokenText(const collector::ApiToken& token);
std::string EnrolTokenText(const collector::EnrolToken& token);

// The public name of what is stored under the hash of a secret: 16 hex digits of the hash.
std::string HandleOf(std::string_view hash);

}  // namespace vdiwatch::server
