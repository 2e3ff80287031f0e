#include "collector/tls_context.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace vdiwatch::collector {
namespace {

// TLS 1.3 has AEAD ciphers only.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256";
constexpr std::string_view kSessionContext = "vdiwatch-agents-1";
constexpr Seconds kSessionLifetime{24 * 60 * 60};
constexpr long kMaxClientChainBytes = 16 << 10;

bool SetProtocol(SSL_CTX* context) {
  // A client that leaves without close_notify is common, and HTTP tells us where messages end.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers12) == 1 &&
         SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

// With SSL_OP_NO_TICKET even TLS 1.3 hands out names of stored sessions instead of tickets, which
// would carry the client's certificate and be parsed again each time.
bool SetSessions(SSL_CTX* context, std::size_t max_sessions) {
  // No auto clear: it walks the whole store every 255 handshakes; the size limit drops the oldest.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR);
  SSL_CTX_sess_set_cache_size(context, static_cast<long>(max_sessions));
  SSL_CTX_set_timeout(context, kSessionLifetime.count());
  return SSL_CTX_set_num_tickets(context, 1) == 1 &&
         SSL_CTX_set_session_id_context(
             context, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
             kSessionContext.size()) == 1;
}

Result<void> SetClientCa(SSL_CTX* context, std::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<CertificatePtr> authorities, ReadCertificates(pem, "the client CA"));
  for (const CertificatePtr& authority : authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return Invalid("the client CA cannot be used: " + TakeTlsError());
    }
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  SSL_CTX_set_verify_depth(context, 1);
  SSL_CTX_set_max_cert_list(context, kMaxClientChainBytes);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_NO_CHECK_TIME);
  return {};
}

Result<void> SetCertificate(SSL_CTX* context, const TlsIdentity& identity) {
  ASSIGN_OR_RETURN(std::vector<CertificatePtr> chain,
                   ReadCertificates(identity.certificate_pem, "the collector's certificate"));
  ASSIGN_OR_RETURN(KeyPtr key, ReadKey(identity.key_pem, "the collector's key"));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return Invalid("the collector's certificate cannot be used: " + TakeTlsError());
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return Invalid("the collector's key does not belong to its certificate: " + TakeTlsError());
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return Invalid("the collector's certificate chain cannot be used: " + TakeTlsError());
    }
  }
  return {};
}

}  // namespace

Result<SslContextPtr> ServerContext(const TlsIdentity& identity, std::size_t max_sessions) {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || !SetProtocol(context.get()) || !SetSessions(context.get(), max_sessions)) {
    return Internal("cannot set TLS up: " + TakeTlsError());
  }
  RETURN_IF_ERROR(SetCertificate(context.get(), identity));
  RETURN_IF_ERROR(SetClientCa(context.get(), identity.client_ca_pem));
  return context;
}

}  // namespace vdiwatch::collector
