#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/store/access_store.h"
#include "server/sign_in/id_token.h"
#include "server/sign_in/oidc_config.h"
#include "server/sign_in/provider.h"

namespace vdiwatch::server {

// The cookie that ties a sign-in under way to the browser that began it.
inline constexpr std::string_view kAttemptCookie = "__Host-vdiwatch-sign-in";

// Sign-in through an OpenID provider: authorization code with PKCE (RFC 7636, S256) as a
// confidential client; what must stay secret is kept here, in the store, for ten minutes and one
// use. Any thread may call.
class Oidc {
 public:
  // Errors: invalid, not_found (client_secret_file). The references outlive it. The provider is not
  // asked before somebody signs in, so that a daemon starts without it.
  static Result<std::unique_ptr<Oidc>> Make(const OidcConfig& config, collector::AccessStore& store,
                                            const Clock& clock);

  const OidcConfig& config() const { return config_; }

  // Where to send the browser, and the cookie that it brings back. `return_to` is a path of ours.
  struct Begun {
    std::string url;
    std::string cookie;
  };
  Result<Begun> Begin(const std::string& return_to);

  // What the provider sent the browser back with: who it is and what that is worth. Errors:
  // not_found (this sign-in is unknown: expired, used, or another browser's), denied (the message
  // says why; no_role where nothing matched), unavailable (the provider).
  struct Finished {
    Identity identity;
    std::optional<Granted> granted;  // nothing: known, but no role here
    std::string id_token;
    std::string return_to;
  };
  Result<Finished> Finish(std::string_view state, std::string_view code, std::string_view cookie);

  // Gives up a sign-in that the provider refused, and where it wanted to go.
  Result<void> Abandon(std::string_view state, std::string_view cookie);

  // Where a browser ends its session at the provider, too; empty: nowhere.
  std::string SignOutUrl(const std::string& id_token);

 private:
  Oidc(const OidcConfig& config, std::string secret, collector::AccessStore& store,
       const Clock& clock);
  Result<collector::SignInAttempt> Take(std::string_view state, std::string_view cookie);
  Result<std::string> Redeem(const Endpoints& endpoints, std::string_view code,
                             const std::string& verifier);

  const OidcConfig config_;
  const std::string secret_;
  collector::AccessStore& store_;
  const Clock& clock_;
  Provider provider_;
};

}  // namespace vdiwatch::server
