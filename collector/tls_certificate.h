#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

enum class CertificateUse { kAuthority, kServer, kClient };

// What a certificate says. A server's names become its DNS and IP alternative names.
struct CertificateText {
  CertificateUse use = CertificateUse::kClient;
  std::string common_name;  // at most 64 bytes of UTF-8
  std::vector<std::string> names;
  Time not_before{};
  Time not_after{};
};

// Who signs: a null certificate stands for the one being made (self-signed).
struct Issuer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

// A certificate for `key` with a random serial number of 128 bits.
Result<CertificatePtr> SignCertificate(const CertificateText& text, EVP_PKEY* key,
                                       const Issuer& issuer);

// A new P-256 key; null if OpenSSL cannot make one.
KeyPtr NewKey();

}  // namespace vdiwatch::collector
