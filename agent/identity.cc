#include "agent/identity.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <vector>

#include "agent/openssl.h"
#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kPoolLine = "pool: ";  // explanatory text, as RFC 7468 §5.2 allows it

// The subject says nothing about the machine: the collector names incarnations by their key.
bool SetSubject(X509_REQ* csr) {
  const auto* name = reinterpret_cast<const unsigned char*>("vdiwatch-agent");
  return X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(csr), NID_commonName, MBSTRING_UTF8,
                                    name, -1, -1, 0) == 1;
}

CsrPtr MakeCsr(EVP_PKEY* key) {
  CsrPtr csr(X509_REQ_new());
  if (!csr || X509_REQ_set_version(csr.get(), X509_REQ_VERSION_1) != 1 || !SetSubject(csr.get()) ||
      X509_REQ_set_pubkey(csr.get(), key) != 1 ||
      X509_REQ_sign(csr.get(), key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return csr;
}

bool IsP256(EVP_PKEY* key) {
  char group[32] = "";
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

std::string PoolIn(std::string_view text) {
  for (std::string_view line : Split(text, '\n')) {
    if (line.starts_with(kPoolLine)) return std::string(Trim(line.substr(kPoolLine.size())));
  }
  return "";
}

}  // namespace

Result<Identity> NewIdentity() {
  KeyPtr key(EVP_EC_gen("P-256"));
  CsrPtr csr = key ? MakeCsr(key.get()) : nullptr;
  if (!csr) return Internal("cannot make a P-256 key and its certificate request");
  return Identity{
      .key = PemOf(key.get()), .csr = PemOf(csr.get()), .certificate = "", .pool = "", .ca = ""};
}

Result<Identity> WithCertificate(Identity identity, std::string certificate) {
  KeyPtr key = KeyFromPem(identity.key);
  CertificatePtr parsed = CertificateFromPem(certificate);
  if (!parsed) return Invalid("what the collector sent is no certificate in PEM");
  if (!key || EVP_PKEY_eq(X509_get0_pubkey(parsed.get()), key.get()) != 1) {
    return Invalid("the certificate is over another key than this agent's");
  }
  identity.certificate = PemOf(parsed.get());
  return identity;
}

std::string KeyName(const Identity& identity) {
  KeyPtr key = KeyFromPem(identity.key);
  unsigned char* bytes = nullptr;
  int size = key ? i2d_PUBKEY(key.get(), &bytes) : 0;
  if (size <= 0) return "";
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return Hex(Sha256(der));
}

Result<Identity> WithAuthorities(Identity identity, std::string_view ca_pem) {
  std::vector<CertificatePtr> authorities = CertificatesFromPem(ca_pem);
  if (authorities.empty()) return Invalid("what the collector sent as its CA is no certificate");
  identity.ca.clear();
  for (const auto& authority : authorities) identity.ca += PemOf(authority.get());
  return identity;
}

Result<Validity> ValidityOf(std::string_view certificate_pem) {
  CertificatePtr certificate = CertificateFromPem(certificate_pem);
  if (!certificate) return Invalid("no certificate in PEM");
  return Validity{TimeOf(X509_get0_notBefore(certificate.get())),
                  TimeOf(X509_get0_notAfter(certificate.get()))};
}

bool RenewalDue(const Validity& validity, Time now) {
  return (validity.not_after - now) * 3 <= validity.not_after - validity.not_before;
}

std::string IdentityToText(const Identity& identity) {
  std::string pool = identity.pool.empty() ? "" : fmt::format("{}{}\n", kPoolLine, identity.pool);
  return pool + identity.key + identity.csr + identity.certificate + identity.ca;
}

Result<Identity> IdentityFromText(std::string_view text, std::string_view what) {
  KeyPtr key = KeyFromPem(text);
  CsrPtr csr = CsrFromPem(text);
  ERR_clear_error();  // a missing certificate is no error, and must not show up as a later one
  if (!key || !IsP256(key.get())) return Invalid(fmt::format("{}: no P-256 key in PEM", what));
  if (!csr || X509_REQ_verify(csr.get(), key.get()) != 1) {
    return Invalid(fmt::format("{}: no certificate request over its key", what));
  }
  Identity identity{.key = PemOf(key.get()),
                    .csr = PemOf(csr.get()),
                    .certificate = "",
                    .pool = PoolIn(text),
                    .ca = ""};
  std::vector<CertificatePtr> certificates = CertificatesFromPem(text);
  if (certificates.empty()) return identity;
  for (std::size_t i = 1; i < certificates.size(); ++i) identity.ca += PemOf(certificates[i].get());
  return WithCertificate(std::move(identity), PemOf(certificates[0].get()));
}

}  // namespace vdiwatch::agent
