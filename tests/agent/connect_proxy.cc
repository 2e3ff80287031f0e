#include "tests/agent/connect_proxy.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

namespace vdiwatch::agent {
namespace {

namespace net = Poco::Net;

void SendAll(net::StreamSocket& to, const std::string& text) {
  to.sendBytes(text.data(), static_cast<int>(text.size()));
}

std::string ReadHead(net::StreamSocket& from) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && head.size() < 4096 && from.receiveBytes(&byte, 1) == 1) {
    head += byte;
  }
  return head;
}

// Until one of the two closes.
void PassOn(net::StreamSocket& a, net::StreamSocket& b) {
  char buffer[16384];
  for (;;) {
    net::Socket::SocketList reading{a, b}, none, failed;
    if (net::Socket::select(reading, none, failed, Poco::Timespan(60, 0)) == 0) return;
    for (net::Socket& ready : reading) {
      net::StreamSocket from(ready), to(ready == a ? b : a);
      int count = from.receiveBytes(buffer, sizeof buffer);
      if (count <= 0) return;
      to.sendBytes(buffer, count);
    }
  }
}

}  // namespace

class ConnectProxy::Connection : public net::TCPServerConnection {
 public:
  Connection(const net::StreamSocket& socket, ConnectProxy& proxy)
      : net::TCPServerConnection(socket), proxy_(proxy) {}

  void run() override {
    try {
      std::string head = ReadHead(socket());
      std::string line = head.substr(0, head.find('\r'));
      if (!line.starts_with("CONNECT "))
        return SendAll(socket(), "HTTP/1.1 405 CONNECT only\r\n\r\n");
      std::string target = line.substr(8, line.find(' ', 8) - 8);
      {
        std::lock_guard lock(proxy_.mutex_);
        proxy_.asked_.push_back(target);
      }
      if (!proxy_.refusal_.empty()) {
        return SendAll(socket(), "HTTP/1.1 " + proxy_.refusal_ + "\r\nContent-Length: 0\r\n\r\n");
      }
      net::SocketAddress address = proxy_.instead_ != 0
                                       ? net::SocketAddress("127.0.0.1", proxy_.instead_)
                                       : net::SocketAddress(target);
      net::StreamSocket onward(address);
      SendAll(socket(), "HTTP/1.1 200 Connection established\r\n\r\n");
      PassOn(socket(), onward);
    } catch (const Poco::Exception&) {
      // One side is gone, and so is this connection.
    }
  }

 private:
  ConnectProxy& proxy_;
};

ConnectProxy::ConnectProxy() {
  class Factory : public net::TCPServerConnectionFactory {
   public:
    explicit Factory(ConnectProxy& proxy) : proxy_(proxy) {}
    net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
      return new Connection(socket, proxy_);
    }

   private:
    ConnectProxy& proxy_;
  };
  net::ServerSocket listening(net::SocketAddress("127.0.0.1", 0), 16);
  port_ = listening.address().port();
  server_ = std::make_unique<net::TCPServer>(
      net::TCPServerConnectionFactory::Ptr(new Factory(*this)), listening);
  server_->start();
}

ConnectProxy::~ConnectProxy() {
  server_->stop();
  while (server_->currentConnections() > 0) Poco::Thread::sleep(1);
}

std::vector<std::string> ConnectProxy::asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace vdiwatch::agent
