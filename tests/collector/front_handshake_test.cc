#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <vector>

#include "tests/collector/front_fixture.h"

namespace vdiwatch::collector {
namespace {

// What a client sends first, without anybody behind it who would go on.
std::string ClientHello() {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SslPtr ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  long count = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &bytes);
  return std::string(bytes, static_cast<std::size_t>(count));
}

// Lets the test hold the network thread: what arrives meanwhile, arrives at once.
class FrontHandshakeTest : public FrontTest {
 protected:
  FrontHandshakeTest() {
    handler_.admit = [this](const RequestHead& head) -> std::optional<Response> {
      if (head.target == "/hold") {
        held_.set_value();
        let_go_.get_future().wait();
      }
      return std::nullopt;
    };
  }

  std::vector<Socket> ArriveAtOnce(int count) {
    FrontClient holder = Connect();
    EXPECT_TRUE(holder.Send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    held_.get_future().wait();
    std::string hello = ClientHello();
    std::vector<Socket> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(ConnectTo(front_->port()));
      EXPECT_EQ(::send(clients.back().descriptor(), hello.data(), hello.size(), 0),
                static_cast<ssize_t>(hello.size()));
    }
    let_go_.set_value();
    return clients;
  }

  std::promise<void> held_;
  std::promise<void> let_go_;
};

// Whether the server began the handshake, and did not hang up at once.
bool WasAnswered(const Socket& client) {
  char byte;
  return ::recv(client.descriptor(), &byte, 1, 0) == 1;
}

TEST_F(FrontHandshakeTest, WhatDoesNotFitInTheQueueIsRefusedAtOnce) {
  options_.max_handshakes = 3;
  StartFront();
  int answered = 0;
  for (const Socket& client : ArriveAtOnce(20)) answered += WasAnswered(client) ? 1 : 0;
  EXPECT_EQ(answered, 3);
  EXPECT_TRUE(Connect().Post("/", "")) << "the storm is over";
}

TEST_F(FrontHandshakeTest, EverybodyIsServedWhoFits) {
  options_.max_handshakes = 20;
  StartFront();
  for (const Socket& client : ArriveAtOnce(20)) EXPECT_TRUE(WasAnswered(client));
}

TEST_F(FrontHandshakeTest, StalledHandshakesTakeNoPlace) {
  options_.max_handshakes = 1;
  StartFront();
  std::string hello = ClientHello();
  std::vector<Socket> stalled;
  for (int i = 0; i < 50; ++i) {
    stalled.push_back(ConnectTo(front_->port()));
    ASSERT_GT(::send(stalled.back().descriptor(), hello.data(), hello.size(), 0), 0);
    ASSERT_TRUE(WasAnswered(stalled.back()));
  }
  EXPECT_TRUE(Connect(Agent()).Post("/", ""));
}

}  // namespace
}  // namespace vdiwatch::collector
