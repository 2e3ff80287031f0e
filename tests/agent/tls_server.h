#pragma once

#include <Poco/Net/HTTPServer.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/agent/authority.h"

namespace vdiwatch::agent {

// What a test's server saw, and what it says back.
struct SeenRequest {
  std::string target, body, bearer;
  std::string peer;  // subject of the client's certificate; empty if it showed none
};
struct ServedReply {
  int status = 200;
  std::string body;
  std::string retry_after;  // the header; empty for none
  bool keep_alive = true;
};

// A real HTTPS server on loopback that sends its certificate with what stands behind it, asks for
// client certificates, which it judges by `now`, and resumes sessions.
class TlsServer {
 public:
  using Handler = std::function<ServedReply(const SeenRequest&)>;

  TlsServer(const Authority& authority, Authority::Server certificate, Handler handler, Time now,
            bool tls_1_2_only = false);
  ~TlsServer();

  std::uint16_t port() const { return port_; }
  int connections() const { return server_->totalConnections(); }

 private:
  std::unique_ptr<Poco::Net::HTTPServer> server_;
  std::uint16_t port_ = 0;
};

}  // namespace vdiwatch::agent
