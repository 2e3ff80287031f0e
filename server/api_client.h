#pragma once

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

// The same for a POST of JSON; waits up to `patience` for its answer.
inline constexpr Seconds kOrdinaryPatience{15};
Result<Json> PostJson(const ClientProfile& profile, const std::string& target, const Json& body,
                      Seconds patience = kOrdinaryPatience);

// Any request of the API, and its answer as bytes: for what is not JSON, and for If-Match.
struct ApiRequest {
  std::string method = "GET";
  std::string target;
  std::string body = {};
  std::string content_type = "application/json";
  std::string accept = "application/json";
  std::string if_match = {};
  Seconds patience = kOrdinaryPatience;
};
struct ApiAnswer {
  std::string body;
  std::string etag;
};
// Errors as above.
Result<ApiAnswer> CallApi(const ClientProfile& profile, const ApiRequest& request);
// The same for a DELETE.
Result<Json> DeleteJson(const ClientProfile& profile, const std::string& target);

}  // namespace vdiwatch::server
