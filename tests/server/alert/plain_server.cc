#include "tests/server/alert/plain_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <chrono>
#include <thread>

namespace vdiwatch::server::alert {
namespace {

namespace net = Poco::Net;

// The head, and as much of a body as it promises.
std::string ReadAll(net::StreamSocket& socket) {
  static const std::string kLength = "Content-Length: ";
  std::string text;
  char block[4096];
  while (true) {
    const std::size_t end = text.find("\r\n\r\n");
    const std::size_t length = text.find(kLength);
    if (end != std::string::npos &&
        (length == std::string::npos ||
         text.size() - end - 4 >= std::stoul(text.substr(length + kLength.size())))) {
      return text;
    }
    const int count = socket.receiveBytes(block, sizeof block);
    if (count <= 0) return text;
    text.append(block, static_cast<std::size_t>(count));
  }
}

}  // namespace

class PlainServer::Connection : public net::TCPServerConnection {
 public:
  Connection(const net::StreamSocket& socket, PlainServer& server)
      : net::TCPServerConnection(socket), server_(server) {}

  void run() override {
    try {
      const std::string request = ReadAll(socket());
      {
        std::lock_guard lock(server_.mutex_);
        server_.newest_ = request;
      }
      ++server_.requests_;
      for (int piece = 0;; ++piece) {
        const std::string bytes = server_.script_.write(request, piece);
        if (bytes.empty()) break;
        socket().sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        std::this_thread::sleep_for(std::chrono::milliseconds(server_.script_.pause_ms));
      }
      socket().shutdown();
    } catch (const Poco::Exception&) {
      // The client is gone.
    }
  }

 private:
  PlainServer& server_;
};

namespace {

template <class Connection>
class Factory : public net::TCPServerConnectionFactory {
 public:
  explicit Factory(PlainServer& server) : server_(server) {}
  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
    return new Connection(socket, server_);
  }

 private:
  PlainServer& server_;
};

}  // namespace

PlainServer::PlainServer(Script script) : script_(std::move(script)) {
  const net::ServerSocket socket(net::SocketAddress("127.0.0.1", 0));
  Start(std::make_unique<net::TCPServer>(new Factory<Connection>(*this), socket));
}

PlainServer::PlainServer(Script script, const std::string& address, const std::string& certificate,
                         const std::string& key)
    : script_(std::move(script)) {
  net::Context::Params params;
  params.certificateFile = certificate;
  params.privateKeyFile = key;
  params.loadDefaultCAs = false;
  params.verificationMode = net::Context::VERIFY_NONE;
  const net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, params);
  const net::SecureServerSocket socket(net::SocketAddress(address, 0), 16, context);
  Start(std::make_unique<net::TCPServer>(new Factory<Connection>(*this), socket));
}

PlainServer::~PlainServer() {
  server_->stop();
  // Poco does not wait for those that still write.
  while (server_->currentConnections() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string PlainServer::newest() const {
  std::lock_guard lock(mutex_);
  return newest_;
}

void PlainServer::Start(std::unique_ptr<net::TCPServer> server) {
  server_ = std::move(server);
  port_ = server_->port();
  server_->start();
}

std::string HttpAnswerText(const std::string& status, const std::string& headers,
                           const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace vdiwatch::server::alert
