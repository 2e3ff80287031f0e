#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::collector {

template <auto kFree>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeBy<X509_free>>;
using CsrPtr = std::unique_ptr<X509_REQ, FreeBy<X509_REQ_free>>;
using SslPtr = std::unique_ptr<SSL, FreeBy<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;

// Why OpenSSL's last call on this thread failed, in its own words; clears its queue.
std::string TakeTlsError();

// Every certificate of a PEM text, at least one; `what` names it in the error.
Result<std::vector<CertificatePtr>> ReadCertificates(std::string_view pem, std::string_view what);
// An encrypted key is refused: nobody is asked for a passphrase.
Result<KeyPtr> ReadKey(std::string_view pem, std::string_view what);
// One that is encrypted (PKCS #8).
bool IsEncryptedKey(std::string_view pem);
Result<KeyPtr> ReadEncryptedKey(std::string_view pem, std::string_view passphrase,
                                std::string_view what);
Result<CsrPtr> ReadCsr(std::string_view pem, std::string_view what);

std::string ToPem(X509* certificate);
std::string ToPem(EVP_PKEY* key);  // PKCS #8, not encrypted
std::string ToPem(X509_REQ* csr);
// PKCS #8 under a key that scrypt makes of the passphrase (RFC 7914 §7), AES-256-CBC; empty if
// OpenSSL cannot.
std::string ToEncryptedPem(EVP_PKEY* key, std::string_view passphrase);

// A public key as DER, SubjectPublicKeyInfo; empty if it cannot be written.
std::string KeyDer(X509_PUBKEY* key);
std::string KeyDer(EVP_PKEY* key);

// "sha256:" and the digest of the certificate's public key (RFC 7469 §2.4), in hex.
std::string PinOf(X509* certificate);

Time ToTime(const ASN1_TIME* time);

}  // namespace vdiwatch::collector
