#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "tests/collector/front_fixture.h"

namespace vdiwatch::collector {
namespace {

constexpr int kHostile = 300;

int RetryAfter(const Answer& answer) {
  constexpr std::string_view kField = "Retry-After: ";
  std::size_t at = answer.head.find(kField);
  return at == std::string::npos ? 0 : std::stoi(answer.head.substr(at + kField.size()));
}

class FrontOverloadTest : public FrontTest {
 protected:
  // Nobody is cut off by a deadline but in the tests that set one.
  FrontOverloadTest() {
    options_.handshake_deadline = options_.header_deadline = options_.body_deadline = Seconds(600);
  }

  void ExpectHonestClientsAreServed() {
    for (int i = 0; i < 20; ++i) {
      auto answer = Connect(Agent()).Post("/v1/check-in", "honest");
      ASSERT_TRUE(answer) << i;
      EXPECT_EQ(answer->status, 200);
    }
  }
};

TEST_F(FrontOverloadTest, SilentAndTricklingHellosCostOthersNothing) {
  StartFront();
  std::vector<Socket> hostile;
  for (int i = 0; i < kHostile; ++i) {
    hostile.push_back(ConnectTo(front_->port()));
    ASSERT_GE(hostile.back().descriptor(), 0);
    if (i % 3 == 0) continue;
    ASSERT_EQ(::send(hostile.back().descriptor(), "\x16\x03\x01\x02\x00\x01", i % 6 + 1, 0),
              i % 6 + 1);
  }
  ExpectHonestClientsAreServed();
}

TEST_F(FrontOverloadTest, TricklingHeadsCostOthersNothing) {
  StartFront();
  std::vector<std::unique_ptr<FrontClient>> hostile;
  for (int i = 0; i < kHostile; ++i) {
    hostile.push_back(std::make_unique<FrontClient>(Connect()));
    ASSERT_TRUE(hostile.back()->connected());
    ASSERT_TRUE(hostile.back()->Send("POST /v1/enrol HT"));
  }
  for (auto& client : hostile) ASSERT_TRUE(client->Send("T"));
  ExpectHonestClientsAreServed();
}

TEST_F(FrontOverloadTest, TricklingBodiesCostOthersNothing) {
  options_.max_requests = 2;  // a body that is not there yet takes no turn
  StartFront();
  std::vector<std::unique_ptr<FrontClient>> hostile;
  for (int i = 0; i < kHostile; ++i) {
    hostile.push_back(std::make_unique<FrontClient>(Connect(Agent())));
    ASSERT_TRUE(hostile.back()->Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx"));
  }
  ExpectHonestClientsAreServed();
}

TEST_F(FrontOverloadTest, HangsUpOnSlowHellos) {
  options_.handshake_deadline = Seconds(1);
  StartFront();
  Socket socket = ConnectTo(front_->port());
  ASSERT_EQ(::send(socket.descriptor(), "\x16", 1, 0), 1);
  EXPECT_TRUE(ReadsEnd(socket));
}

TEST_F(FrontOverloadTest, HangsUpOnSlowHeads) {
  options_.header_deadline = Seconds(1);
  StartFront();
  FrontClient silent = Connect();
  FrontClient slow = Connect();
  ASSERT_TRUE(slow.Send("GET /"));
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_TRUE(slow.AtEnd());
}

TEST_F(FrontOverloadTest, HangsUpOnSlowBodies) {
  options_.body_deadline = Seconds(1);
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"));
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(FrontOverloadTest, HangsUpOnIdleConnections) {
  options_.idle_deadline = Seconds(1);
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Post("/", ""));
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(FrontOverloadTest, AFullHouseGivesWayToNewcomers) {
  options_.max_connections = 50;
  StartFront();
  std::vector<Socket> hostile;
  for (int i = 0; i < 200; ++i) hostile.push_back(ConnectTo(front_->port()));
  ExpectHonestClientsAreServed();
}

// Holds every request until the test lets go of them.
class FrontFullTest : public FrontTest {
 protected:
  FrontFullTest() {
    handler_.handle = [this](RequestHead head, std::string, std::function<void(Response)> reply) {
      if (head.target != "/hold") return reply(Response());
      std::lock_guard lock(mutex_);
      held_.push_back(std::move(reply));
      if (held_.size() == 2) all_held_.set_value();
    };
  }

  void Release() {
    std::lock_guard lock(mutex_);
    for (auto& reply : held_) reply(Response());
  }

  std::mutex mutex_;
  std::vector<std::function<void(Response)>> held_;
  std::promise<void> all_held_;
};

TEST_F(FrontFullTest, TooManyRequestsGet503AndATimeToComeBack) {
  options_.max_requests = 2;
  StartFront();
  std::vector<std::unique_ptr<FrontClient>> holding;
  for (int i = 0; i < 2; ++i) {
    holding.push_back(std::make_unique<FrontClient>(Connect(Agent())));
    ASSERT_TRUE(
        holding.back()->Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
  }
  all_held_.get_future().wait();

  std::set<int> times;
  for (int i = 0; i < 12; ++i) {
    auto refused = Connect(Agent()).Post("/other", "");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503);
    EXPECT_NE(refused->body.find(R"("kind":"unavailable")"), std::string::npos);
    EXPECT_GE(RetryAfter(*refused), 10);
    times.insert(RetryAfter(*refused));
  }
  EXPECT_GT(times.size(), 3u) << "all are told the same time to come back";

  Release();
  for (auto& client : holding) EXPECT_EQ(client->Receive()->status, 200);
  EXPECT_EQ(Connect(Agent()).Post("/other", "")->status, 200);
}

TEST_F(FrontFullTest, TooManyBytesGet503BeforeTheyAreSent) {
  options_.max_bytes_in_flight = 1500;
  StartFront();
  FrontClient first = Connect(Agent());
  FrontClient second = Connect(Agent());
  std::string head =
      "POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_TRUE(first.Send(head));
  EXPECT_EQ(first.Receive()->status, 100);
  ASSERT_TRUE(second.Send(head));
  EXPECT_EQ(second.Receive()->status, 503);
  ASSERT_TRUE(first.Send(std::string(1000, 'x')));
  EXPECT_EQ(first.Receive()->status, 200);
  FrontClient third = Connect(Agent());
  ASSERT_TRUE(third.Send(head));
  EXPECT_EQ(third.Receive()->status, 100);
}

}  // namespace
}  // namespace vdiwatch::collector
