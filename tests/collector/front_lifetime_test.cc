#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/collector/front_fixture.h"

namespace vdiwatch::collector {
namespace {

using FrontLifetimeTest = FrontTest;
using Reply = std::function<void(Response)>;

constexpr std::string_view kRequest = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

TEST_F(FrontLifetimeTest, PortInUseIsOneClearLine) {
  StartFront();
  options_.port = front_->port();
  auto second = Front::Start(options_, handler_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(second.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(front_->port()) + ": address in use");
}

TEST_F(FrontLifetimeTest, AddressThatIsNoneIsNamed) {
  options_.address = "localhost";
  auto started = Front::Start(options_, handler_, log_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "cannot listen on 'localhost': it is no IP address");
}

TEST_F(FrontLifetimeTest, SaysWhichCertificateOrKeyIsBad) {
  auto error = [&](auto change) {
    FrontOptions options = options_;
    change(options);
    auto started = Front::Start(options, handler_, log_);
    EXPECT_FALSE(started);
    EXPECT_EQ(started.error().kind, ErrorKind::kInvalid);
    return started.error().message;
  };
  EXPECT_TRUE(error([](auto& o) {
                o.certificate_pem = "x";
              }).starts_with("the collector's certificate holds no certificate"));
  EXPECT_TRUE(error([](auto& o) {
                o.key_pem = "x";
              }).starts_with("the collector's key holds no private key"));
  EXPECT_TRUE(error([](auto& o) {
                o.client_ca_pem = "";
              }).starts_with("the client CA holds no certificate"));
  EXPECT_TRUE(error([](auto& o) {
                o.key_pem = Agent().key;
              }).starts_with("the collector's key does not belong to its certificate"));
}

TEST_F(FrontLifetimeTest, ListensOnIpv6) {
  options_.address = "::1";
  StartFront();
  EXPECT_NE(front_->port(), 0);
}

TEST_F(FrontLifetimeTest, PortIsFreeAgainAfterwards) {
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Post("/", ""));
  options_.port = front_->port();
  front_.reset();
  EXPECT_TRUE(client.AtEnd());
  StartFront();
  EXPECT_TRUE(Connect().Post("/", ""));
}

TEST_F(FrontLifetimeTest, AnswersAfterTheEndAreDropped) {
  std::promise<Reply> arrived;
  handler_.handle = [&](RequestHead, std::string, Reply reply) {
    arrived.set_value(std::move(reply));
  };
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Send(kRequest));
  Reply reply = arrived.get_future().get();
  front_.reset();
  EXPECT_TRUE(client.AtEnd());
  reply(Response());
  std::thread([reply] { reply(Response()); }).join();
}

TEST_F(FrontLifetimeTest, EndsWithConnectionsInEveryState) {
  std::promise<void> handling;
  handler_.handle = [&](RequestHead, std::string, Reply reply) {
    handling.set_value();
    reply(Response());
  };
  StartFront();
  Socket silent = ConnectTo(front_->port());
  Socket trickling = ConnectTo(front_->port());
  ASSERT_EQ(::send(trickling.descriptor(), "\x16", 1, 0), 1);
  FrontClient idle = Connect();
  FrontClient in_head = Connect();
  ASSERT_TRUE(in_head.Send("POST /"));
  FrontClient in_body = Connect();
  ASSERT_TRUE(in_body.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"));
  FrontClient lingering = Connect();
  ASSERT_TRUE(lingering.Send("nonsense\r\n\r\n"));
  FrontClient busy = Connect();
  ASSERT_TRUE(busy.Send(kRequest));
  handling.get_future().wait();
  front_.reset();
  EXPECT_TRUE(ReadsEnd(silent));
  EXPECT_TRUE(ReadsEnd(trickling));
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_TRUE(in_head.AtEnd());
  EXPECT_TRUE(in_body.AtEnd());
}

// Requests, answers from other threads and the end all at once: for the sanitizers to judge.
TEST_F(FrontLifetimeTest, EndsInTheMiddleOfABusyDay) {
  options_.network_threads = 2;
  options_.worker_threads = 3;
  std::mutex mutex;
  std::vector<std::thread> answering;
  handler_.handle = [&](RequestHead, std::string, Reply reply) {
    std::lock_guard lock(mutex);
    answering.emplace_back([reply = std::move(reply)] { reply(Response()); });
  };
  StartFront();
  std::uint16_t port = front_->port();
  std::promise<void> under_way;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      int answers = 0;
      for (;;) {
        FrontClient client(port, {Authority().ca.certificate(), Agent(), nullptr, TLS1_3_VERSION});
        if (!client.Post("/", "") || !client.Post("/", "")) return;
        if (++answers == 10 && i == 0) under_way.set_value();
      }
    });
  }
  under_way.get_future().wait();
  front_.reset();
  for (auto& thread : clients) thread.join();
  for (auto& thread : answering) thread.join();
}

}  // namespace
}  // namespace vdiwatch::collector
