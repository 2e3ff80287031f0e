#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::agent {

// One incarnation: a P-256 key made on this machine, the request for a certificate over it, and
// the certificate once the collector gave one. Belong together; kept and replaced as one value.
struct Identity {
  std::string key;          // PEM, PKCS #8; never leaves the machine
  std::string csr;          // PEM; made once, so that a repeated request is the same request
  std::string certificate;  // PEM; empty before enrolment
  std::string pool;         // as enrolment told it; empty before
  std::string ca;           // PEM; authorities that the collector told of, beside those of ca_file

  bool enrolled() const { return !certificate.empty(); }
};

// A fresh key and its CSR. Ends in an internal error only if OpenSSL cannot make one.
Result<Identity> NewIdentity();

// The identity with this certificate; Invalid if it is not over the identity's key.
Result<Identity> WithCertificate(Identity identity, std::string certificate);

// The identity that trusts these authorities, too; Invalid if there is none in the PEM.
Result<Identity> WithAuthorities(Identity identity, std::string_view ca_pem);

// SHA-256 (hex) of the identity's public key (SPKI, DER), by which the collector knows it; empty if
// its key cannot be read.
std::string KeyName(const Identity& identity);

struct Validity {
  Time not_before{};
  Time not_after{};
};
Result<Validity> ValidityOf(std::string_view certificate_pem);

// Whether a third of the certificate's life or less is left, or none.
bool RenewalDue(const Validity& validity, Time now);

// All of it in one PEM text, so that one rename keeps key and certificate together.
std::string IdentityToText(const Identity& identity);
Result<Identity> IdentityFromText(std::string_view text, std::string_view what);

}  // namespace vdiwatch::agent
