#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/ca.h"
#include "collector/front_socket.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {

using SessionPtr = std::unique_ptr<SSL_SESSION, FreeBy<SSL_SESSION_free>>;

// A connection to the loopback address; reads time out after 20 seconds, so that no test hangs.
Socket ConnectTo(std::uint16_t port);
// Reads until the other side closes; false if it does not.
bool ReadsEnd(const Socket& socket);

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
};

// A blocking HTTP-over-TLS client that trusts one CA.
class FrontClient {
 public:
  struct Options {
    std::string ca;
    KeyPair identity;  // empty: no client certificate
    SSL_SESSION* session = nullptr;
    int version = TLS1_3_VERSION;
  };
  FrontClient(std::uint16_t port, const Options& options);
  // Leaves without a word to the server, which must not cost the session.
  ~FrontClient();
  FrontClient(FrontClient&&) = default;

  bool connected() const { return connected_; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  SessionPtr Session() const { return SessionPtr(SSL_get1_session(ssl_.get())); }
  int descriptor() const { return socket_.descriptor(); }

  bool Send(std::string_view bytes);
  // The next answer, or nothing if the connection ends before one.
  std::optional<Answer> Receive();
  bool AtEnd();
  const std::string& unread() const { return read_; }

  std::optional<Answer> Post(std::string_view target, std::string_view body,
                             std::string_view more_fields = "");

 private:
  bool ReadMore();

  Socket socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  bool connected_ = false;
  std::string read_;
};

}  // namespace vdiwatch::collector
