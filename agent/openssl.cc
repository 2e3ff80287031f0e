#include "agent/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>

namespace vdiwatch::agent {
namespace {

BioPtr Reading(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Written(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// An empty passphrase: OpenSSL must never ask the terminal for one.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

KeyPtr KeyFromPem(std::string_view text) {
  return KeyPtr(PEM_read_bio_PrivateKey(Reading(text).get(), nullptr, NoPassphrase, nullptr));
}

CertificatePtr CertificateFromPem(std::string_view text) {
  return CertificatePtr(PEM_read_bio_X509(Reading(text).get(), nullptr, NoPassphrase, nullptr));
}

std::vector<CertificatePtr> CertificatesFromPem(std::string_view text) {
  BioPtr bio = Reading(text);
  std::vector<CertificatePtr> found;
  while (CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)}) {
    found.push_back(std::move(next));
  }
  ERR_clear_error();  // the end of the text counts as an error there
  return found;
}

CsrPtr CsrFromPem(std::string_view text) {
  return CsrPtr(PEM_read_bio_X509_REQ(Reading(text).get(), nullptr, NoPassphrase, nullptr));
}

std::string PemOf(EVP_PKEY* key) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return Written(bio.get());
}

std::string PemOf(X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return Written(bio.get());
}

std::string PemOf(X509_REQ* csr) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(bio.get(), csr);
  return Written(bio.get());
}

Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return Time{};
  std::chrono::year_month_day date{std::chrono::year(parts.tm_year + 1900),
                                   std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                   std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + Seconds(parts.tm_sec);
}

}  // namespace vdiwatch::agent
