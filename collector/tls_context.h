#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

struct TlsIdentity {
  std::string_view certificate_pem;  // the server's, and its chain
  std::string_view key_pem;
  std::string_view client_ca_pem;  // who signs clients
};

// TLS 1.2 and 1.3 with AEAD ciphers. A client certificate is asked for and may be left out; one
// that is there must be our CA's and for clients, but its dates are not judged here. Sessions are
// resumed from this server's store, so that a resumed one costs no certificate.
Result<SslContextPtr> ServerContext(const TlsIdentity& identity, std::size_t max_sessions);

}  // namespace vdiwatch::collector
