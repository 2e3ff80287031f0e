#include "tests/agent/authority.h"

#include <openssl/x509v3.h>

#include <cstdlib>

#include "agent/openssl.h"

namespace vdiwatch::agent {
namespace {

struct Subject {
  std::string name;
  std::string alternatives;  // empty: none
  bool authority = false;
  Time not_before{}, not_after{};
};

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) std::abort();
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signs a certificate over `key`; without an issuer it signs itself.
CertificatePtr Sign(const Subject& subject, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1;
  CertificatePtr certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
  ASN1_TIME_set(X509_getm_notBefore(raw), static_cast<time_t>(ToUnix(subject.not_before)));
  ASN1_TIME_set(X509_getm_notAfter(raw), static_cast<time_t>(ToUnix(subject.not_after)));
  X509_NAME_add_entry_by_NID(X509_get_subject_name(raw), NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer ? issuer : raw));
  X509_set_pubkey(raw, key);
  AddExtension(raw, issuer ? issuer : raw, NID_basic_constraints,
               subject.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!subject.alternatives.empty()) {
    AddExtension(raw, issuer, NID_subject_alt_name, subject.alternatives);
  }
  if (X509_sign(raw, issuer_key, EVP_sha256()) == 0) std::abort();
  return certificate;
}

}  // namespace

Authority::Authority(std::string name) {
  KeyPtr key(EVP_EC_gen("P-256"));
  Subject subject{.name = std::move(name), .alternatives = "", .authority = true};
  subject.not_before = FromUnix(0);
  subject.not_after = FromUnix(4'000'000'000);
  CertificatePtr certificate = Sign(subject, key.get(), nullptr, key.get());
  certificate_ = PemOf(certificate.get());
  key_ = PemOf(key.get());
}

Authority::Server Authority::IssueServer(const std::string& names, Time not_before,
                                         Time not_after) const {
  KeyPtr key(EVP_EC_gen("P-256"));
  CertificatePtr issuer = CertificateFromPem(certificate_);
  KeyPtr issuer_key = KeyFromPem(key_);
  Subject subject{.name = "collector", .alternatives = names, .authority = false};
  subject.not_before = not_before;
  subject.not_after = not_after;
  CertificatePtr certificate = Sign(subject, key.get(), issuer.get(), issuer_key.get());
  return {PemOf(certificate.get()), PemOf(key.get())};
}

std::string Authority::IssueClient(std::string_view csr, Time not_before, Time not_after) const {
  CsrPtr request = CsrFromPem(csr);
  CertificatePtr issuer = CertificateFromPem(certificate_);
  KeyPtr issuer_key = KeyFromPem(key_);
  if (!request) std::abort();
  Subject subject{.name = "agent", .alternatives = "", .authority = false};
  subject.not_before = not_before;
  subject.not_after = not_after;
  KeyPtr key(X509_REQ_get_pubkey(request.get()));
  return PemOf(Sign(subject, key.get(), issuer.get(), issuer_key.get()).get());
}

}  // namespace vdiwatch::agent
