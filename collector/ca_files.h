#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "collector/tls_certificate.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

// Two files of one authority: NAME.pem and NAME.key (0600).
struct AuthorityFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
// Signs what is issued: `ca`. Takes its place one day, and signs agents' certificates: `next`.
AuthorityFiles PresentAuthority(const std::filesystem::path& directory);
AuthorityFiles NextAuthority(const std::filesystem::path& directory);

struct Authority {
  CertificatePtr certificate;
  KeyPtr key;
  std::string pem;  // of the certificate

  Issuer issuer() const { return {certificate.get(), key.get()}; }
};

// A new key; encrypted (PKCS #8, scrypt, AES-256) if there is a passphrase.
Result<void> MakeAuthorityKey(const std::filesystem::path& file, std::string_view passphrase);
// A self-signed certificate of ten years over the key in these files.
Result<void> MakeAuthorityCertificate(const AuthorityFiles& files, std::string_view passphrase,
                                      Time now);

// Errors name the file: denied (mode, passphrase), invalid (no PEM, not each other's). A key that
// is not encrypted although there is a passphrase is encrypted in place.
Result<Authority> OpenAuthority(const AuthorityFiles& files, std::string_view passphrase);

// Without its key.
Result<CertificatePtr> ReadAuthorityCertificate(const std::filesystem::path& file);

// The passphrase in a file (a systemd credential is one), without line ends. Denied if other users
// can read it.
Result<std::string> ReadPassphrase(const std::filesystem::path& file);

}  // namespace vdiwatch::collector
