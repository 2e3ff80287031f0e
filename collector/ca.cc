#include "collector/ca.h"

#include <fmt/format.h>

#include <optional>

#include "base/digest.h"
#include "collector/ca_files.h"
#include "collector/ca_rotation.h"

namespace vdiwatch::collector {

struct Ca::Opened {
  Authority present;
  std::optional<Authority> next;  // while a rotation is under way
  std::string bundle;

  // Agents get to know the next one as soon as there is one.
  Issuer agents_issuer() const { return (next ? *next : present).issuer(); }
};

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCsrBytes = 4 << 10;
constexpr Seconds kClockSlack{48 * 60 * 60};

// Every P-256 key that names its curve and is not compressed begins so as SubjectPublicKeyInfo,
// and has 64 bytes more (RFC 5480 §2).
constexpr std::string_view kP256Prefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
    27);

bool IsP256(std::string_view key_der) {
  return key_der.size() == kP256Prefix.size() + 64 && key_der.starts_with(kP256Prefix);
}

CertificateText Text(CertificateUse use, std::string_view name, Time now, Seconds lifetime) {
  return {use, std::string(name), {}, now - kClockSlack, now + lifetime};
}

Result<bool> Exists(const fs::path& file) {
  std::error_code failed;
  bool there = fs::exists(file, failed);
  if (failed) {
    return Unavailable(fmt::format("cannot read {}: {}", file.string(), failed.message()));
  }
  return there;
}

// The key goes first: alone it can make its certificate again, the other way round it cannot.
Result<void> MakeWhatIsMissing(const AuthorityFiles& files, std::string_view passphrase, Time now) {
  ASSIGN_OR_RETURN(bool has_key, Exists(files.key));
  ASSIGN_OR_RETURN(bool has_certificate, Exists(files.certificate));
  if (!has_key && has_certificate) {
    return NotFound(
        fmt::format("{} is missing beside {}: restore it, or remove both to start a new CA",
                    files.key.string(), files.certificate.filename().string()));
  }
  if (!has_key) {
    std::error_code failed;
    fs::create_directories(files.key.parent_path(), failed);
    if (failed) {
      return Unavailable(
          fmt::format("cannot make {}: {}", files.key.parent_path().string(), failed.message()));
    }
    RETURN_IF_ERROR(MakeAuthorityKey(files.key, passphrase));
  }
  return has_certificate ? Result<void>() : MakeAuthorityCertificate(files, passphrase, now);
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

Result<Ca> Ca::OpenOrCreate(const fs::path& directory, Time now, std::string_view passphrase) {
  RETURN_IF_ERROR(FinishRetirement(directory));
  RETURN_IF_ERROR(MakeWhatIsMissing(PresentAuthority(directory), passphrase, now));
  auto opened = std::make_shared<Opened>();
  ASSIGN_OR_RETURN(opened->present, OpenAuthority(PresentAuthority(directory), passphrase));
  opened->bundle = opened->present.pem;
  ASSIGN_OR_RETURN(bool rotates, Exists(NextAuthority(directory).key));
  if (rotates) {
    RETURN_IF_ERROR(MakeWhatIsMissing(NextAuthority(directory), passphrase, now));
    ASSIGN_OR_RETURN(opened->next, OpenAuthority(NextAuthority(directory), passphrase));
    opened->bundle += opened->next->pem;
  }
  return Ca(std::move(opened));
}

const std::string& Ca::certificate() const { return opened_->present.pem; }
const std::string& Ca::bundle() const { return opened_->bundle; }
std::string Ca::pins() const {
  std::string pins = PinOf(opened_->present.certificate.get());
  if (opened_->next) pins += " " + PinOf(opened_->next->certificate.get());
  return pins;
}

Result<std::string> Ca::IssueClient(const CheckedCsr& csr, std::string_view common_name, Time now,
                                    Seconds lifetime) const {
  ASSIGN_OR_RETURN(CsrPtr request, ReadCsr(csr.pem, "the certificate request"));
  CertificateText text = Text(CertificateUse::kClient, common_name, now, lifetime);
  ASSIGN_OR_RETURN(CertificatePtr made, SignCertificate(text, X509_REQ_get0_pubkey(request.get()),
                                                        opened_->agents_issuer()));
  return ToPem(made.get());
}

Result<KeyPair> Ca::IssueServer(const std::vector<std::string>& names, Time now,
                                Seconds lifetime) const {
  KeyPtr key = NewKey();
  if (!key) return Internal(fmt::format("cannot make the server's key: {}", TakeTlsError()));
  CertificateText text = Text(CertificateUse::kServer, "vdiwatch collector", now, lifetime);
  text.names = names;
  ASSIGN_OR_RETURN(CertificatePtr made,
                   SignCertificate(text, key.get(), opened_->present.issuer()));
  return KeyPair{ToPem(made.get()), ToPem(key.get())};
}

}  // namespace vdiwatch::collector
