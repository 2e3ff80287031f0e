#include "agent/tls_context.h"

#include <Poco/Crypto/OpenSSLInitializer.h>
#include <Poco/Exception.h>
#include <Poco/Net/Net.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "agent/openssl.h"
#include "agent/pin.h"

namespace vdiwatch::agent {
namespace {

using Poco::Net::Context;

// Trusts those of the certificates that the peer sent whose keys are pinned. Whoever sends the
// collector's public certificate in a chain of his own gains nothing: the chain must lead to it.
void TrustPinned(X509_STORE_CTX* store, const std::vector<std::string>& pins) {
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; !pins.empty() && i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    if (std::ranges::find(pins, PinOf(certificate)) == pins.end()) continue;
    X509_STORE_add_cert(X509_STORE_CTX_get0_store(store), certificate);
    // It may be signed by somebody else, or be the collector's own.
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN);
  }
}

std::string LastPin(X509_STORE_CTX* store) {
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  int count = sk_X509_num(sent);
  return count > 0 ? PinOf(sk_X509_value(sent, count - 1)) : "";
}

// Takes the place of OpenSSL's own verification, to learn exactly what was wrong: Poco hands on
// no more than "certificate verify failed".
int Verify(X509_STORE_CTX* store, void* argument) {
  auto& check = *static_cast<PeerCheck*>(argument);
  PeerFinding& finding = check.finding;
  X509_STORE_CTX_set_verify_cb(store, [](int ok, X509_STORE_CTX*) { return ok; });
  TrustPinned(store, check.ca_pins);
  int verified = X509_verify_cert(store);
  finding.error = verified == 1 ? X509_V_OK : X509_STORE_CTX_get_error(store);
  finding.authority_pin = verified == 1 ? "" : LastPin(store);
  if (const X509* peer = X509_STORE_CTX_get0_cert(store)) {
    finding.not_before = TimeOf(X509_get0_notBefore(peer));
    finding.not_after = TimeOf(X509_get0_notAfter(peer));
  }
  return verified;
}

// Every certificate of a PEM text becomes a trust anchor; false if it holds none.
bool Trust(SSL_CTX* context, const std::string& ca_pem) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  BioPtr bio(BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
  int count = 0;
  while (CertificatePtr ca{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    count += X509_STORE_add_cert(store, ca.get());
  }
  ERR_clear_error();  // the end of the text counts as an error there
  return count > 0;
}

bool Expect(SSL_CTX* context, const std::string& host, Time now) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(ToUnix(now)));
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1 ||
         X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1;
}

bool Identify(SSL_CTX* context, const TlsRequest& request) {
  CertificatePtr certificate = CertificateFromPem(request.certificate);
  KeyPtr key = KeyFromPem(request.key);
  return certificate && key && SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// Poco counts its contexts, and takes down and sets up state of its own whenever the count leaves
// or reaches zero, without a lock: threads whose contexts come and go at once free it twice
// (https://github.com/pocoproject/poco/pull/1740). One count that is never given back prevents it.
// Windows' sockets want to be started, which a statically linked Poco leaves to us.
void HoldPocosOpenSsl() {
  static const bool held =
      (Poco::Net::initializeNetwork(), Poco::Crypto::OpenSSLInitializer::initialize(), true);
  static_cast<void>(held);
}

Context::Ptr NewContext() {
  HoldPocosOpenSsl();
  Context::Params params;
  params.verificationMode = Context::VERIFY_STRICT;
  params.loadDefaultCAs = false;
  params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; 1.3 has its own list
  Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  // The groups that the collector knows; OpenSSL's own list makes every ClientHello longer.
  SSL_CTX_set1_groups_list(context->sslContext(), "X25519:P-256");
  context->enableSessionCache(true);
  // The session is ours to keep (transport.cc); OpenSSL's own cache would hold it twice.
  SSL_CTX_set_session_cache_mode(context->sslContext(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return context;
}

std::string DescribeMistrust(const PeerCheck& check) {
  std::string why = X509_verify_cert_error_string(check.finding.error);
  if (check.ca_pins.empty()) {
    return fmt::format("its certificate is not trusted by ca_file ({})", why);
  }
  return fmt::format("its certificate is not trusted by ca_pin ({}): it came with the authority {}",
                     why, PinText(check.finding.authority_pin));
}

}  // namespace

Result<Context::Ptr> MakeTlsContext(const TlsRequest& request, PeerCheck& check) {
  try {
    Context::Ptr context = NewContext();
    SSL_CTX* raw = context->sslContext();
    check = {.ca_pins = request.ca_pins, .finding = {}};
    SSL_CTX_set_cert_verify_callback(raw, Verify, &check);
    bool trusts = Trust(raw, request.ca_pem) || !request.ca_pins.empty();
    if (!trusts) return Invalid("the CA file holds no certificate in PEM");
    if (!Expect(raw, request.host, request.now)) {
      return Invalid(fmt::format("'{}' is no host name", request.host));
    }
    if (!request.certificate.empty() && !Identify(raw, request)) {
      return Invalid("the agent's certificate and key do not belong together");
    }
    return context;
  } catch (const Poco::Exception& exception) {
    return Internal(fmt::format("cannot set TLS up: {}", exception.displayText()));
  }
}

std::string DescribeFinding(const PeerCheck& check, const std::string& host, Time now) {
  const PeerFinding& finding = check.finding;
  switch (finding.error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format(
          "its certificate is valid from {}, but this machine's clock says {}: set the clock",
          FormatTime(finding.not_before), FormatTime(now));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format(
          "its certificate expired on {}, and this machine's clock says {}: set the clock if it is "
          "wrong, else renew the collector's certificate",
          FormatTime(finding.not_after), FormatTime(now));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("its certificate is not for '{}': wrong host name", host);
    default:
      return DescribeMistrust(check);
  }
}

}  // namespace vdiwatch::agent
