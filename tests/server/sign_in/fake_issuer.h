#pragma once

#include <openssl/evp.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "server/listener.h"
#include "server/sign_in/oidc_config.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {

// A key pair of an issuer.
class SigningKey {
 public:
  // "RS256" or "ES256"
  SigningKey(std::string kid, const std::string& algorithm, unsigned bits = 2048);
  const std::string& kid() const { return kid_; }
  Json Jwk() const;
  // The compact form of these claims under this header.
  std::string Sign(const Json& header, const Json& claims) const;
  std::string Sign(const Json& claims) const {
    return Sign({{"alg", algorithm_}, {"kid", kid_}}, claims);
  }

 private:
  std::string kid_, algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

// An OpenID provider over real HTTPS on loopback that signs whatever a test wants it to: discovery,
// keys, and a token endpoint that checks the client's secret, the code and PKCE.
class FakeIssuer {
 public:
  explicit FakeIssuer(const Clock& clock);

  std::string issuer() const { return "https://localhost:" + std::to_string(listener_->port()); }
  const std::filesystem::path& ca_file() const { return ca_file_; }
  // A configuration that signs in here; people with the role "reader" are viewers of citrix.
  OidcConfig Config() const;

  // What the browser would do at the authorization endpoint: the code for what it was sent with.
  std::string Authorize(const std::string& url);
  // The claims of the next token, on top of good ones; null takes one away.
  Json claims = Json::object();
  // How the next token is signed, in the place of the first key.
  std::function<std::string(const Json& claims)> sign;

  std::vector<SigningKey> keys;  // that the JWKS lists
  int key_requests = 0;
  int discovery_requests = 0;
  bool down = false;

 private:
  HttpResponse Respond(const HttpRequest& request);
  HttpResponse Discovery() const;
  HttpResponse Token(const HttpRequest& request);
  Json GoodClaims(const std::string& nonce) const;

  const Clock& clock_;
  TestDirectory directory_;
  std::filesystem::path ca_file_;
  Log log_{Log::Level::kError};
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>>
      codes_;                           // code -> what it was asked with
  std::unique_ptr<Listener> listener_;  // stops first
};

// The parameters of a URL.
std::map<std::string, std::string> QueryOf(const std::string& url);

}  // namespace vdiwatch::server
