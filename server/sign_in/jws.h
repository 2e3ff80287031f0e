#pragma once

#include <openssl/evp.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace vdiwatch::server {

// A provider's public keys by their `kid` (RFC 7517). Only RSA keys of at least 2048 bits and keys
// on P-256 that are for signatures; others are left out. Shared, since OpenSSL counts references.
using PublicKey = std::shared_ptr<EVP_PKEY>;
using KeySet = std::map<std::string, PublicKey, std::less<>>;
Result<KeySet> ReadKeySet(std::string_view jwks);

// A signed token in three parts, taken apart and believed in nothing yet (RFC 7515).
struct SignedToken {
  std::string key_id;            // empty: it names none
  std::string algorithm;         // as its header claims
  std::string_view signed_part;  // of the text it was made from
  std::string signature;
  Json claims;
};
Result<SignedToken> ReadSignedToken(std::string_view text);

// Denied unless this key made the signature with `algorithm` (RS256 or ES256): what the header says
// has to be the same, and the key has to be of that kind.
Result<void> VerifySignature(const SignedToken& token, const PublicKey& key,
                             std::string_view algorithm);

// RFC 4648 §5 without padding.
std::string Base64Url(std::string_view bytes);

}  // namespace vdiwatch::server
