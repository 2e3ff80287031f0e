#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collector/front.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

// One server-side TLS connection over a non-blocking socket, without buffers of its own between
// OpenSSL and the kernel: an idle one holds little more than OpenSSL's state. One thread at a time.
class TlsStream {
 public:
  enum class State { kDone, kWantRead, kWantWrite, kClosed };  // closed: by the peer or an error

  // `ahead` was already read from the socket, which the caller keeps open and closes.
  TlsStream(SSL_CTX* context, int socket, std::string ahead);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  State Handshake();
  State Read(std::span<char> into, std::size_t& count);
  State Write(std::string_view bytes, std::size_t& count);
  void SendClose();

  // Known after the handshake, on resumed sessions too; nothing if the client showed none.
  std::optional<PeerCertificate> Peer() const;

 private:
  struct Wire;
  State Outcome(int result);

  std::unique_ptr<Wire> wire_;
  SslPtr ssl_;
};

}  // namespace vdiwatch::collector
