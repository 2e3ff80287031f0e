#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/openssl.h"
#include "base/result.h"

namespace vdiwatch::agent {

// A `ca_pin`: "sha256:" and the SHA-256 of a certificate's public key (SPKI, DER; as RFC 7469
// §2.4), in hex or base64. Several, with blanks or commas between, for the time of a rotation. The
// raw digests, at least one; Invalid says what is wrong.
Result<std::vector<std::string>> ParsePins(std::string_view text);
// In hex, with its "sha256:".
std::string PinText(std::string_view digest);

// The digest that a certificate is pinned by; empty if it cannot be made.
std::string PinOf(X509* certificate);

}  // namespace vdiwatch::agent
