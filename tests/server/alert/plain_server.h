#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/TCPServer.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace vdiwatch::server::alert {

// A server on loopback that reads one request a connection and answers with bytes as they are: for
// answers that no decent HTTP server gives.
class PlainServer {
 public:
  // What to write, piece by piece; an empty piece ends it. `pause_ms` between them.
  struct Script {
    std::function<std::string(const std::string& request, int piece)> write;
    int pause_ms = 0;
  };

  explicit PlainServer(Script script);  // over TCP
  // Over TLS with this certificate and key (PEM files), at this address of loopback.
  PlainServer(Script script, const std::string& address, const std::string& certificate,
              const std::string& key);
  ~PlainServer();

  std::uint16_t port() const { return port_; }
  int requests() const { return requests_; }
  std::string newest() const;  // request

 private:
  class Connection;
  void Start(std::unique_ptr<Poco::Net::TCPServer> server);

  const Script script_;
  std::atomic<int> requests_ = 0;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string newest_;
  std::unique_ptr<Poco::Net::TCPServer> server_;
};

// A whole answer: "200 OK", "Retry-After: 7\r\n", "body".
std::string HttpAnswerText(const std::string& status, const std::string& headers,
                           const std::string& body);

}  // namespace vdiwatch::server::alert
