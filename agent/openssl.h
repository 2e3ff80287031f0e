#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace vdiwatch::agent {

// OpenSSL's objects, freed when they go out of scope.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using CsrPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

// Null if text holds none.
KeyPtr KeyFromPem(std::string_view text);
CertificatePtr CertificateFromPem(std::string_view text);
// Every one of a text, in order; those before a damaged one.
std::vector<CertificatePtr> CertificatesFromPem(std::string_view text);
CsrPtr CsrFromPem(std::string_view text);

std::string PemOf(EVP_PKEY* key);
std::string PemOf(X509* certificate);
std::string PemOf(X509_REQ* csr);

Time TimeOf(const ASN1_TIME* time);

}  // namespace vdiwatch::agent
