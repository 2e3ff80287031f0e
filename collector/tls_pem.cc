#include "collector/tls_pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <ctime>

#include "base/digest.h"

namespace vdiwatch::collector {
namespace {

int NoPassphrase(char*, int, int, void*) { return -1; }

BioPtr Reading(std::string_view pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

template <class Write>
std::string Written(Write write) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return {};
  char* bytes = nullptr;
  long count = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(count));
}

std::string TakeDer(unsigned char*& bytes, int count) {
  if (count <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(count));
  OPENSSL_free(bytes);
  return der;
}

Error NotPem(std::string_view what, std::string_view kind) {
  return Invalid(fmt::format("{} holds no {} in PEM: {}", what, kind, TakeTlsError()));
}

}  // namespace

std::string TakeTlsError() {
  char text[256] = "no reason given";
  if (unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (reason) {
      ERR_clear_error();
      return reason;
    }
    ERR_error_string_n(code, text, sizeof text);
  }
  ERR_clear_error();
  return text;
}

Result<std::vector<CertificatePtr>> ReadCertificates(std::string_view pem, std::string_view what) {
  BioPtr bio = Reading(pem);
  std::vector<CertificatePtr> found;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    found.emplace_back(next);
  }
  // The end of the text shows as "no start line"; anything else is a damaged certificate.
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (found.empty() || !at_end) return NotPem(what, "certificate");
  ERR_clear_error();
  return found;
}

Result<KeyPtr> ReadKey(std::string_view pem, std::string_view what) {
  KeyPtr key(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, NoPassphrase, nullptr));
  if (!key) return NotPem(what, "private key");
  return key;
}

bool IsEncryptedKey(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos;
}

Result<KeyPtr> ReadEncryptedKey(std::string_view pem, std::string_view passphrase,
                                std::string_view what) {
  auto answer = [](char* buffer, int size, int, void* argument) {
    const auto& text = *static_cast<std::string_view*>(argument);
    if (text.size() > static_cast<std::size_t>(size)) return -1;
    return static_cast<int>(text.copy(buffer, text.size()));
  };
  KeyPtr key(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, answer, &passphrase));
  if (!key) return NotPem(what, "private key");
  return key;
}

Result<CsrPtr> ReadCsr(std::string_view pem, std::string_view what) {
  CsrPtr csr(PEM_read_bio_X509_REQ(Reading(pem).get(), nullptr, NoPassphrase, nullptr));
  if (!csr) return NotPem(what, "certificate request");
  return csr;
}

std::string ToPem(X509* certificate) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string ToPem(EVP_PKEY* key) {
  return Written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string ToEncryptedPem(EVP_PKEY* key, std::string_view passphrase) {
  // 16 MiB and about 50 ms a try; OpenSSL reads nothing over 32 MiB by default.
  constexpr std::uint64_t kCost = 1 << 14, kBlock = 8, kLanes = 1;
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeBy<PKCS8_PRIV_KEY_INFO_free>> plain(EVP_PKEY2PKCS8(key));
  std::unique_ptr<X509_ALGOR, FreeBy<X509_ALGOR_free>> method(
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kCost, kBlock, kLanes));
  if (!plain || !method) return {};
  std::unique_ptr<X509_SIG, FreeBy<X509_SIG_free>> sealed(PKCS8_set0_pbe(
      passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), method.get()));
  if (!sealed) return {};
  method.release();  // belongs to `sealed` now
  return Written([&](BIO* bio) { return PEM_write_bio_PKCS8(bio, sealed.get()); });
}

std::string ToPem(X509_REQ* csr) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, csr); });
}

std::string KeyDer(X509_PUBKEY* key) {
  unsigned char* bytes = nullptr;
  return TakeDer(bytes, i2d_X509_PUBKEY(key, &bytes));
}

std::string KeyDer(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  return TakeDer(bytes, i2d_PUBKEY(key, &bytes));
}

std::string PinOf(X509* certificate) {
  return DigestText(KeyDer(X509_get_X509_PUBKEY(certificate)));
}

Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return FromUnix(timegm(&parts));
}

}  // namespace vdiwatch::collector
