#include "collector/ca.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "collector/tls_certificate.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

struct Ca::Opened {
  CertificatePtr certificate;
  KeyPtr key;
  std::string pem;  // of the certificate

  Issuer issuer() const { return {certificate.get(), key.get()}; }
};

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kMaxCsrBytes = 4 << 10;
constexpr Seconds kClockSlack{48 * 60 * 60};
constexpr Seconds kCaLifetime{3653LL * 24 * 60 * 60};

// Every P-256 key that names its curve and is not compressed begins so as SubjectPublicKeyInfo,
// and has 64 bytes more (RFC 5480 §2).
constexpr std::string_view kP256Prefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
    27);

bool IsP256(std::string_view key_der) {
  return key_der.size() == kP256Prefix.size() + 64 && key_der.starts_with(kP256Prefix);
}

// The same for the same key, so that a certificate made again still vouches for what it signed.
std::string CaName(EVP_PKEY* key) { return "vdiwatch CA " + Hex(Sha256(KeyDer(key)).substr(0, 4)); }

CertificateText Text(CertificateUse use, std::string_view name, Time now, Seconds lifetime) {
  return {use, std::string(name), {}, now - kClockSlack, now + lifetime};
}

Result<std::string> MakeCertificate(EVP_PKEY* key, const fs::path& file, Time now) {
  CertificateText text = Text(CertificateUse::kAuthority, CaName(key), now, kCaLifetime);
  ASSIGN_OR_RETURN(CertificatePtr made, SignCertificate(text, key, {nullptr, key}));
  std::string pem = ToPem(made.get());
  RETURN_IF_ERROR(WriteFile(file, pem, FileMode::kPublic));
  return pem;
}

Result<void> MakeKey(const fs::path& file) {
  KeyPtr key = NewKey();
  if (!key) return Internal(fmt::format("cannot make {}: {}", file.string(), TakeTlsError()));
  return WriteFile(file, ToPem(key.get()), FileMode::kPrivate);
}

Result<KeyPtr> OpenKey(const fs::path& file) {
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  std::error_code failed;
  fs::perms mode = fs::status(file, failed).permissions();
  if (!failed && (mode & kOthers) != fs::perms::none) {
    return Denied(fmt::format("{} is open to other users: its mode must be 0600", file.string()));
  }
  ASSIGN_OR_RETURN(std::string pem, ReadFile(file, kMaxFileBytes));
  return ReadKey(pem, file.string());
}

// The key goes first: alone it can make its certificate again, the other way round it cannot.
Result<void> MakeWhatIsMissing(const fs::path& key_file, const fs::path& certificate_file) {
  std::error_code failed;
  bool has_key = fs::exists(key_file, failed);
  if (failed)
    return Unavailable(fmt::format("cannot read {}: {}", key_file.string(), failed.message()));
  if (has_key) return {};
  if (fs::exists(certificate_file, failed)) {
    return NotFound(
        fmt::format("{} is missing beside {}: restore it, or remove both to start a new CA",
                    key_file.string(), certificate_file.filename().string()));
  }
  fs::create_directories(key_file.parent_path(), failed);
  if (failed) {
    return Unavailable(
        fmt::format("cannot make {}: {}", key_file.parent_path().string(), failed.message()));
  }
  return MakeKey(key_file);
}

Result<CertificatePtr> ReadAuthority(std::string_view pem, EVP_PKEY* key, const fs::path& file) {
  ASSIGN_OR_RETURN(std::vector<CertificatePtr> found, ReadCertificates(pem, file.string()));
  if (X509_check_ca(found.front().get()) == 0) {
    return Invalid(fmt::format("{} is no CA certificate", file.string()));
  }
  if (X509_check_private_key(found.front().get(), key) != 1) {
    TakeTlsError();
    return Invalid(fmt::format("{} does not belong to the key beside it", file.string()));
  }
  return std::move(found.front());
}

}  // namespace

Result<CheckedCsr> CheckCsr(std::string_view pem) {
  if (pem.size() > kMaxCsrBytes) {
    return Invalid(fmt::format("the certificate request is over {} bytes", kMaxCsrBytes));
  }
  ASSIGN_OR_RETURN(CsrPtr csr, ReadCsr(pem, "the certificate request"));
  std::string key = KeyDer(X509_REQ_get_X509_PUBKEY(csr.get()));
  if (!IsP256(key)) return Invalid("the certificate request's key is not a P-256 key");
  if (X509_REQ_verify(csr.get(), X509_REQ_get0_pubkey(csr.get())) != 1) {
    TakeTlsError();
    return Invalid("the certificate request is not signed by its own key");
  }
  return CheckedCsr{Sha256(key), ToPem(csr.get())};
}

Result<Ca> Ca::OpenOrCreate(const fs::path& directory, Time now) {
  fs::path key_file = directory / "ca.key";
  fs::path certificate_file = directory / "ca.pem";
  RETURN_IF_ERROR(MakeWhatIsMissing(key_file, certificate_file));
  auto opened = std::make_shared<Opened>();
  ASSIGN_OR_RETURN(opened->key, OpenKey(key_file));
  std::error_code failed;
  if (!fs::exists(certificate_file, failed)) {
    RETURN_IF_ERROR(MakeCertificate(opened->key.get(), certificate_file, now));
  }
  ASSIGN_OR_RETURN(opened->pem, ReadFile(certificate_file, kMaxFileBytes));
  ASSIGN_OR_RETURN(opened->certificate,
                   ReadAuthority(opened->pem, opened->key.get(), certificate_file));
  return Ca(std::move(opened));
}

const std::string& Ca::certificate() const { return opened_->pem; }

Result<std::string> Ca::IssueClient(const CheckedCsr& csr, std::string_view common_name, Time now,
                                    Seconds lifetime) const {
  ASSIGN_OR_RETURN(CsrPtr request, ReadCsr(csr.pem, "the certificate request"));
  CertificateText text = Text(CertificateUse::kClient, common_name, now, lifetime);
  ASSIGN_OR_RETURN(CertificatePtr made,
                   SignCertificate(text, X509_REQ_get0_pubkey(request.get()), opened_->issuer()));
  return ToPem(made.get());
}

Result<KeyPair> Ca::IssueServer(const std::vector<std::string>& names, Time now,
                                Seconds lifetime) const {
  KeyPtr key = NewKey();
  if (!key) return Internal(fmt::format("cannot make the server's key: {}", TakeTlsError()));
  CertificateText text = Text(CertificateUse::kServer, "vdiwatch collector", now, lifetime);
  text.names = names;
  ASSIGN_OR_RETURN(CertificatePtr made, SignCertificate(text, key.get(), opened_->issuer()));
  return KeyPair{ToPem(made.get()), ToPem(key.get())};
}

}  // namespace vdiwatch::collector
