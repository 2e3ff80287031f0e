#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "server/sign_in/oidc_config.h"

namespace vdiwatch::server {

// How far the provider's clock may be off.
inline constexpr Seconds kClockLeeway{120};

// Who signed in, as a token tells whose signature was verified.
struct Identity {
  std::string subject;  // the issuer and its own name for the person, which no other gets
  std::string name;
  std::vector<std::string> roles;
};

// OpenID Connect Core §3.1.3.7: issuer, audience, authorized party, times and nonce. Denied says
// which one is wrong. Pure.
Result<Identity> CheckIdToken(const Json& claims, const OidcConfig& config, std::string_view nonce,
                              Time now);

}  // namespace vdiwatch::server
