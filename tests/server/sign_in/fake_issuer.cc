#include "tests/server/sign_in/fake_issuer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "collector/ca.h"
#include "server/secrets.h"
#include "server/sign_in/jws.h"

namespace vdiwatch::server {
namespace {

constexpr char kSecret[] = "the client's secret: %+/";

std::string NumberOf(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1);
  std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

// JOSE's form of what OpenSSL writes in DER.
std::string RawOfDer(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  std::string raw(64, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
  ECDSA_SIG_free(signature);
  return raw;
}

HttpResponse Refused(const char* error) { return JsonResponse({{"error", error}}, 400); }

}  // namespace

SigningKey::SigningKey(std::string kid, const std::string& algorithm, unsigned bits)
    : kid_(std::move(kid)),
      algorithm_(algorithm),
      key_(algorithm == "ES256" ? EVP_EC_gen("P-256") : EVP_RSA_gen(bits), EVP_PKEY_free) {}

Json SigningKey::Jwk() const {
  if (algorithm_ == "ES256") {
    return {{"kty", "EC"},
            {"crv", "P-256"},
            {"kid", kid_},
            {"use", "sig"},
            {"x", Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32))},
            {"y", Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32))}};
  }
  return {{"kty", "RSA"},
          {"kid", kid_},
          {"use", "sig"},
          {"n", Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0))},
          {"e", Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0))}};
}

std::string SigningKey::Sign(const Json& header, const Json& claims) const {
  const std::string part = Base64Url(header.dump()) + "." + Base64Url(claims.dump());
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  EXPECT_EQ(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()), 1);
  std::size_t size = 1024;
  std::string signature(size, '\0');
  EXPECT_EQ(EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(part.data()), part.size()),
            1);
  signature.resize(size);
  return part + "." + Base64Url(algorithm_ == "ES256" ? RawOfDer(signature) : signature);
}

FakeIssuer::FakeIssuer(const Clock& clock) : clock_(clock) {
  const Time now = SystemClock().Now();
  const auto ca = collector::Ca::OpenOrCreate(directory_.path() / "ca", now);
  EXPECT_TRUE(ca);
  ca_file_ = directory_.Write("ca.pem", ca->certificate());
  const auto pair = ca->IssueServer({"localhost"}, now, Seconds(86'400));
  EXPECT_TRUE(pair);
  directory_.Write("client-secret", std::string(kSecret) + "\n");
  keys.emplace_back("key-1", "RS256");
  ListenerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.certificate = directory_.Write("server.pem", pair->certificate);
  options.key = directory_.Write("server.key", pair->key);
  auto started = Listener::Start(
      options, [this](const HttpRequest& request) { return Respond(request); }, log_);
  EXPECT_TRUE(started) << (started ? "" : started.error().message);
  listener_ = *std::move(started);
}

OidcConfig FakeIssuer::Config() const {
  OidcConfig config;
  config.issuer = issuer();
  config.client_id = "vdiwatch";
  config.client_secret_file = directory_.path() / "client-secret";
  config.dashboard = "https://localhost:7444";
  config.ca_file = ca_file_;
  config.roles = {{"chief", Role::kAdministrator, {}}, {"reader", Role::kViewer, {"citrix"}}};
  return config;
}

std::string FakeIssuer::Authorize(const std::string& url) {
  EXPECT_TRUE(url.starts_with(issuer() + "/authorize?")) << url;
  const std::lock_guard lock(mutex_);
  const std::string code = RandomText(20);
  codes_[code] = QueryOf(url);
  return code;
}

HttpResponse FakeIssuer::Respond(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  if (down) return TextResponse("down", 503);
  if (request.path == "/.well-known/openid-configuration") return ++discovery_requests, Discovery();
  if (request.path == "/token") return Token(request);
  if (request.path != "/keys") return TextResponse("no such thing", 404);
  ++key_requests;
  Json list = Json::array();
  for (const SigningKey& key : keys) list.push_back(key.Jwk());
  return JsonResponse({{"keys", std::move(list)}});
}

HttpResponse FakeIssuer::Discovery() const {
  return JsonResponse({{"issuer", issuer()},
                       {"authorization_endpoint", issuer() + "/authorize"},
                       {"token_endpoint", issuer() + "/token"},
                       {"jwks_uri", issuer() + "/keys"},
                       {"end_session_endpoint", issuer() + "/end"}});
}

HttpResponse FakeIssuer::Token(const HttpRequest& request) {
  const std::string pair = PercentEncode("vdiwatch") + ":" + PercentEncode(kSecret);
  if (request.Header("authorization") != "Basic " + Base64(pair)) return Refused("invalid_client");
  const auto form = QueryOf("?" + request.body);
  const auto code = codes_.find(form.at("code"));
  if (code == codes_.end()) return Refused("invalid_grant");
  const auto asked = code->second;
  codes_.erase(code);
  if (Base64Url(Sha256(form.at("code_verifier"))) != asked.at("code_challenge") ||
      form.at("redirect_uri") != asked.at("redirect_uri")) {
    return Refused("invalid_grant");
  }
  Json token = GoodClaims(asked.at("nonce"));
  token.merge_patch(claims);
  return JsonResponse({{"access_token", "not used"},
                       {"token_type", "Bearer"},
                       {"id_token", sign ? sign(token) : keys.front().Sign(token)}});
}

Json FakeIssuer::GoodClaims(const std::string& nonce) const {
  const std::int64_t now = ToUnix(clock_.Now());
  return {{"iss", issuer()},
          {"aud", "vdiwatch"},
          {"sub", "248289761001"},
          {"nonce", nonce},
          {"iat", now},
          {"exp", now + 300},
          {"preferred_username", "ada@corp.example"},
          {"roles", {"reader"}}};
}

std::map<std::string, std::string> QueryOf(const std::string& url) {
  const auto parsed = ParseQuery(std::string_view(url).substr(url.find('?') + 1));
  EXPECT_TRUE(parsed);
  return {parsed->begin(), parsed->end()};
}

}  // namespace vdiwatch::server
