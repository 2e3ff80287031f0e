#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "server/profile.h"

namespace vdiwatch::server {

// GET of an API path ("/api/v1/pools?grade=unknown") with the profile's token over verified HTTPS.
// Errors: unavailable (no answer), denied (certificate not trusted, token not accepted, role),
// and what the problem in the answer says; each names the server. One call at a time.
Result<Json> GetJson(const ClientProfile& profile, const std::string& target);

// The same for an answer that is no JSON: its text, and its headers by their names in lower case.
struct TextAnswer {
  std::string body;
  std::map<std::string, std::string, std::less<>> headers;
};
Result<TextAnswer> GetText(const ClientProfile& profile, const std::string& target);

// The same for a POST of JSON; waits up to `patience` for its answer.
inline constexpr Seconds kOrdinaryPatience{15};
Result<Json> PostJson(const ClientProfile& profile, const std::string& target, const Json& body,
                      Seconds patience = kOrdinaryPatience);

}  // namespace vdiwatch::server
