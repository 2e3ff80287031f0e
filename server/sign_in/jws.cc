#include "server/sign_in/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::server {
namespace {

// The signature is checked with OpenSSL, not Poco::JWT, whose default takes HS256 and which cannot
// read keys of a JWKS.
constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kMaxTokenBytes = 64 << 10;
constexpr std::size_t kMaxKeys = 100;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

std::optional<std::string> UnBase64Url(std::string_view text) {
  std::string plain(text);
  if (plain.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return Unbase64(plain);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number NumberOf(std::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// A member that holds bytes as base64url; empty if it is not there or none.
std::string Member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return "";
  return UnBase64Url(found->get_ref<const std::string&>()).value_or("");
}

std::string TextOf(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

PublicKey KeyFrom(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  return made ? PublicKey(key, EVP_PKEY_free) : nullptr;
}

PublicKey RsaKey(const Json& jwk) {
  const Number modulus = NumberOf(Member(jwk, "n"));
  const Number exponent = NumberOf(Member(jwk, "e"));
  const Builder builder(OSSL_PARAM_BLD_new());
  const bool built =
      modulus && exponent && builder && BN_num_bits(modulus.get()) >= kLeastRsaBits &&
      BN_is_odd(exponent.get()) && !BN_is_one(exponent.get()) &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1;
  return built ? KeyFrom("RSA", builder.get()) : nullptr;
}

PublicKey P256Key(const Json& jwk) {
  const std::string x = Member(jwk, "x"), y = Member(jwk, "y");
  if (TextOf(jwk, "crv") != "P-256" || x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return nullptr;
  }
  const std::string point = "\x04" + x + y;  // uncompressed; fromdata refuses one off the curve
  const Builder builder(OSSL_PARAM_BLD_new());
  const bool built =
      builder &&
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) == 1;
  return built ? KeyFrom("EC", builder.get()) : nullptr;
}

PublicKey KeyOf(const Json& jwk) {
  if (!jwk.is_object()) return nullptr;
  const std::string use = TextOf(jwk, "use");
  if (!use.empty() && use != "sig") return nullptr;
  const std::string kind = TextOf(jwk, "kty");
  if (kind == "RSA") return RsaKey(jwk);
  return kind == "EC" ? P256Key(jwk) : nullptr;
}

// JOSE writes the two numbers one after the other, OpenSSL wants them in DER; empty: they are none.
std::string DerOfEc(std::string_view raw) {
  if (raw.size() != 2 * kP256Bytes) return "";
  EcSignature signature(ECDSA_SIG_new());
  Number r = NumberOf(raw.substr(0, kP256Bytes)), s = NumberOf(raw.substr(kP256Bytes));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return "";
  (void)r.release();  // the signature has them now
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::string Base64Url(std::string_view bytes) {
  std::string text = Base64(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Result<KeySet> ReadKeySet(std::string_view jwks) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(jwks, "the provider's keys"));
  const auto keys = json.is_object() ? json.find("keys") : json.end();
  if (keys == json.end() || !keys->is_array()) return Invalid("the provider's keys are no JWKS");
  KeySet set;
  for (const Json& jwk : *keys) {
    if (set.size() == kMaxKeys) break;
    if (PublicKey key = KeyOf(jwk)) set.try_emplace(TextOf(jwk, "kid"), std::move(key));
  }
  return set;
}

Result<SignedToken> ReadSignedToken(std::string_view text) {
  const Error unreadable = Denied("the provider's id_token is not a signed token");
  if (text.size() > kMaxTokenBytes) return Denied("the provider's id_token is over 64 KiB");
  const auto parts = Split(text, '.');
  if (parts.size() != 3) return unreadable;
  const auto header_text = UnBase64Url(parts[0]), payload = UnBase64Url(parts[1]),
             signature = UnBase64Url(parts[2]);
  if (!header_text || !payload || !signature) return unreadable;
  const auto header = ParseJson(*header_text, "the id_token's header", {8192, 4});
  auto claims = ParseJson(*payload, "the id_token", {kMaxTokenBytes, 16});
  if (!header || !claims || !header->is_object() || !claims->is_object()) return unreadable;
  // An extension that must be understood, and is not (RFC 7515 §4.1.11).
  if (header->contains("crit")) return Denied("the id_token has extensions that are not known");
  return SignedToken{TextOf(*header, "kid"), TextOf(*header, "alg"),
                     text.substr(0, parts[0].size() + 1 + parts[1].size()), *signature,
                     *std::move(claims)};
}

Result<void> VerifySignature(const SignedToken& token, const PublicKey& key,
                             std::string_view algorithm) {
  if (token.algorithm != algorithm) {
    return Denied("the id_token is signed with '" + Printable(token.algorithm, 20) + "', not " +
                  std::string(algorithm));
  }
  const bool elliptic = algorithm == "ES256";
  if (!elliptic && algorithm != "RS256") return Internal("no such algorithm");
  if (EVP_PKEY_is_a(key.get(), elliptic ? "EC" : "RSA") != 1) {
    return Denied("the id_token's key is not of the kind that its algorithm needs");
  }
  const std::string signature = elliptic ? DerOfEc(token.signature) : token.signature;
  const Digest digest(EVP_MD_CTX_new());
  const bool right =
      digest && !signature.empty() &&
      EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(digest.get(), Bytes(signature), signature.size(), Bytes(token.signed_part),
                       token.signed_part.size()) == 1;
  if (!right) return Denied("the id_token's signature is wrong");
  return {};
}

}  // namespace vdiwatch::server
