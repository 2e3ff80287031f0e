#include "collector/ca_files.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr Seconds kClockSlack{48 * 60 * 60};
constexpr Seconds kCaLifetime{3653LL * 24 * 60 * 60};

// The same for the same key, so that a certificate made again still vouches for what it signed.
std::string CaName(EVP_PKEY* key) { return "vdiwatch CA " + Hex(Sha256(KeyDer(key)).substr(0, 4)); }

Result<void> CheckOwnerOnly(const fs::path& file, std::string_view mode) {
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  std::error_code failed;
  fs::perms found = fs::status(file, failed).permissions();
  if (!failed && (found & kOthers) != fs::perms::none) {
    return Denied(
        fmt::format("{} is open to other users: its mode must be {}", file.string(), mode));
  }
  return {};
}

Result<void> WriteKey(const fs::path& file, EVP_PKEY* key, std::string_view passphrase) {
  std::string pem = passphrase.empty() ? ToPem(key) : ToEncryptedPem(key, passphrase);
  if (pem.empty()) {
    return Internal(fmt::format("cannot write {}: {}", file.string(), TakeTlsError()));
  }
  return WriteFile(file, pem, FileMode::kPrivate);
}

Result<KeyPtr> OpenKey(const fs::path& file, std::string_view passphrase) {
  RETURN_IF_ERROR(CheckOwnerOnly(file, "0600"));
  ASSIGN_OR_RETURN(std::string pem, ReadFile(file, kMaxFileBytes));
  bool encrypted = IsEncryptedKey(pem);
  if (!encrypted) {
    ASSIGN_OR_RETURN(KeyPtr key, ReadKey(pem, file.string()));
    if (!passphrase.empty()) RETURN_IF_ERROR(WriteKey(file, key.get(), passphrase));
    return key;
  }
  if (passphrase.empty()) {
    return Denied(fmt::format("{} is encrypted: name its passphrase with ca.key_passphrase_file",
                              file.string()));
  }
  auto key = ReadEncryptedKey(pem, passphrase, file.string());
  if (!key) {
    return Denied(
        fmt::format("{} cannot be decrypted with the passphrase of "
                    "ca.key_passphrase_file",
                    file.string()));
  }
  return key;
}

}  // namespace

AuthorityFiles PresentAuthority(const fs::path& directory) {
  return {directory / "ca.pem", directory / "ca.key"};
}
AuthorityFiles NextAuthority(const fs::path& directory) {
  return {directory / "next.pem", directory / "next.key"};
}

Result<void> MakeAuthorityKey(const fs::path& file, std::string_view passphrase) {
  KeyPtr key = NewKey();
  if (!key) return Internal(fmt::format("cannot make {}: {}", file.string(), TakeTlsError()));
  return WriteKey(file, key.get(), passphrase);
}

Result<void> MakeAuthorityCertificate(const AuthorityFiles& files, std::string_view passphrase,
                                      Time now) {
  ASSIGN_OR_RETURN(KeyPtr key, OpenKey(files.key, passphrase));
  CertificateText text{
      CertificateUse::kAuthority, CaName(key.get()), {}, now - kClockSlack, now + kCaLifetime};
  ASSIGN_OR_RETURN(CertificatePtr made, SignCertificate(text, key.get(), {nullptr, key.get()}));
  return WriteFile(files.certificate, ToPem(made.get()), FileMode::kPublic);
}

Result<CertificatePtr> ReadAuthorityCertificate(const fs::path& file) {
  ASSIGN_OR_RETURN(std::string pem, ReadFile(file, kMaxFileBytes));
  ASSIGN_OR_RETURN(std::vector<CertificatePtr> found, ReadCertificates(pem, file.string()));
  if (X509_check_ca(found.front().get()) == 0) {
    return Invalid(fmt::format("{} is no CA certificate", file.string()));
  }
  return std::move(found.front());
}

Result<Authority> OpenAuthority(const AuthorityFiles& files, std::string_view passphrase) {
  Authority authority;
  ASSIGN_OR_RETURN(authority.key, OpenKey(files.key, passphrase));
  ASSIGN_OR_RETURN(authority.certificate, ReadAuthorityCertificate(files.certificate));
  if (X509_check_private_key(authority.certificate.get(), authority.key.get()) != 1) {
    TakeTlsError();
    return Invalid(
        fmt::format("{} does not belong to the key beside it", files.certificate.string()));
  }
  authority.pem = ToPem(authority.certificate.get());
  return authority;
}

Result<std::string> ReadPassphrase(const fs::path& file) {
  RETURN_IF_ERROR(CheckOwnerOnly(file, "0600 or 0400"));
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, 4096));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  constexpr std::size_t kLeast = 12;
  if (text.size() < kLeast) {
    return Invalid(
        fmt::format("{}: a passphrase needs at least {} characters", file.string(), kLeast));
  }
  return text;
}

}  // namespace vdiwatch::collector
