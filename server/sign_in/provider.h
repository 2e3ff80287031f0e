#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "server/sign_in/jws.h"
#include "server/sign_in/oidc_config.h"

namespace vdiwatch::server {

// What the provider's discovery document says (OpenID Connect Discovery §3).
struct Endpoints {
  std::string authorization, token, keys;
  std::string end_session;       // empty: it offers no sign-out
  bool secret_in_header = true;  // client_secret_basic, else client_secret_post
};
// The issuer must be the one that was asked (its absence of tricks is what the rest stands on).
Result<Endpoints> ReadDiscovery(std::string_view text, const std::string& issuer);

// A provider's addresses and keys, asked for when they are first needed and kept for an hour; keys
// are asked for anew when a token names an unknown one. After a failure and after keys, it is left
// alone for ten seconds, so that neither a dead provider nor forged tokens keep our threads busy;
// meanwhile what is known still serves. Any thread may call; one asks, others wait for 2 s.
class Provider {
 public:
  // `config` and `clock` outlive it.
  Provider(const OidcConfig& config, const Clock& clock) : config_(config), clock_(clock) {}

  Result<Endpoints> FindEndpoints();
  // Denied: the provider has no such key. A token without a key id may mean the only one.
  Result<PublicKey> FindKey(const std::string& key_id);

 private:
  Result<void> FetchKeys(const Endpoints& endpoints);
  Result<Endpoints> FindEndpointsLocked();

  const OidcConfig& config_;
  const Clock& clock_;
  std::timed_mutex mutex_;
  std::optional<Error> failed_;
  Time failed_at_{};
  std::optional<Endpoints> endpoints_;
  Time endpoints_at_{}, keys_at_{}, keys_asked_at_{};
  KeySet keys_;
};

}  // namespace vdiwatch::server
