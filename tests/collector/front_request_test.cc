#include <gtest/gtest.h>

#include <thread>

#include "collector/front_response.h"
#include "tests/collector/front_fixture.h"

namespace vdiwatch::collector {
namespace {

using FrontRequestTest = FrontTest;

Response Text(std::string text) {
  Response response;
  response.body = std::move(text);
  return response;
}

TEST_F(FrontRequestTest, KeepsTheConnectionForTheNextRequest) {
  StartFront();
  FrontClient client = Connect(Agent());
  for (int i = 0; i < 5; ++i) {
    auto answer = client.Post("/n", std::to_string(i));
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->body, "POST /n " + std::to_string(i));
    EXPECT_EQ(answer->head.find("Connection: close"), std::string::npos);
  }
}

TEST_F(FrontRequestTest, CountsRequestsByKindAndAnswer) {
  StartFront();
  handler_.admit = [](const RequestHead& head) -> std::optional<Response> {
    if (head.target != "/v1/enrol") return std::nullopt;
    Response refusal;
    refusal.status = 401;
    return refusal;
  };
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Post("/v1/check-in", "a"));
  ASSERT_TRUE(client.Post("/v1/check-in", "b"));
  ASSERT_TRUE(client.Post("/else", "c"));
  ASSERT_TRUE(client.Post("/v1/enrol", "d"));
  const FrontCounters counters = front_->counters();
  EXPECT_EQ(counters.handshakes, 1u);
  EXPECT_EQ(counters.answers[0][2], 2u);  // check-in
  EXPECT_EQ(counters.answers[1][4], 1u);  // enrol
  EXPECT_EQ(counters.answers[2][2], 0u);  // renew
  EXPECT_EQ(counters.answers[3][2], 1u);  // other
}

TEST_F(FrontRequestTest, AnswersPipelinedRequestsInOrder) {
  StartFront();
  FrontClient client = Connect(Agent());
  std::string two;
  for (const char* name : {"/a", "/b"}) {
    two += std::string("POST ") + name + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  }
  ASSERT_TRUE(client.Send(two));
  EXPECT_EQ(client.Receive()->body, "POST /a hi");
  EXPECT_EQ(client.Receive()->body, "POST /b hi");
}

TEST_F(FrontRequestTest, ClosesWhenAsked) {
  StartFront();
  FrontClient client = Connect(Agent());
  auto answer = client.Post("/", "", "Connection: close\r\n");
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(FrontRequestTest, TakesABodyInPieces) {
  StartFront();
  FrontClient client = Connect(Agent());
  std::string body(200'000, 'b');
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"));
  for (std::size_t at = 0; at < body.size(); at += 9999)
    ASSERT_TRUE(client.Send(body.substr(at, 9999)));
  auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST / " + body);
}

TEST_F(FrontRequestTest, RefusesBeforeTheBodyIsSent) {
  handler_.admit = [](const RequestHead& head) -> std::optional<Response> {
    if (head.peer) return std::nullopt;
    return Refusal(401, ErrorKind::kDenied, "no client certificate");
  };
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Send("POST /v1/check-in HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"));
  auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(answer->body, R"({"error":{"kind":"denied","message":"no client certificate"}})");
  EXPECT_NE(answer->head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(handler_.heads().empty());
}

TEST_F(FrontRequestTest, RefusesABodyOverTheLimitUnread) {
  options_.max_body_bytes = 1000;
  handler_.admit = [](const RequestHead&) -> std::optional<Response> {
    ADD_FAILURE() << "asked about a request that cannot be";
    return std::nullopt;
  };
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"));
  auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST_F(FrontRequestTest, RefusalReachesAClientThatKeepsSending) {
  options_.max_body_bytes = 1000;
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
  ASSERT_TRUE(client.Send(std::string(100'000, 'b')));
  auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST_F(FrontRequestTest, GivesTheGoAheadToThoseWhoWaitForIt) {
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  auto go_ahead = client.Receive();
  ASSERT_TRUE(go_ahead);
  EXPECT_EQ(go_ahead->status, 100);
  ASSERT_TRUE(client.Send("hi"));
  EXPECT_EQ(client.Receive()->body, "POST / hi");
}

TEST_F(FrontRequestTest, NoGoAheadForWhatIsRefused) {
  handler_.admit = [](const RequestHead&) { return Refusal(403, ErrorKind::kDenied, "revoked"); };
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.Receive()->status, 403);
}

TEST_F(FrontRequestTest, SaysWhatIsWrongWithGarbage) {
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Send("nonsense\r\n\r\n"));
  EXPECT_EQ(client.Receive()->status, 400);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(FrontRequestTest, HeadGetsNoBody) {
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.Send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(client.Receive());  // it announces a body that does not come
  EXPECT_NE(client.unread().find("200 OK\r\n"), std::string::npos);
  EXPECT_TRUE(client.unread().ends_with("\r\n\r\n"));
}

TEST_F(FrontRequestTest, TakesAnAnswerFromAnotherThread) {
  handler_.handle = [&](RequestHead, std::string body, std::function<void(Response)> reply) {
    std::thread([&] { reply(Text("elsewhere: " + body)); }).join();
  };
  StartFront();
  auto answer = Connect(Agent()).Post("/", "x");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "elsewhere: x");
}

TEST_F(FrontRequestTest, OnlyTheFirstAnswerCounts) {
  handler_.handle = [&](RequestHead head, std::string, std::function<void(Response)> reply) {
    reply(Text(head.target));
    reply(Text("again"));
  };
  StartFront();
  FrontClient client = Connect(Agent());
  EXPECT_EQ(client.Post("/1", "")->body, "/1");
  EXPECT_EQ(client.Post("/2", "")->body, "/2");
  EXPECT_EQ(client.Post("/3", "")->body, "/3");
}

TEST_F(FrontRequestTest, PassesRetryAfterOn) {
  handler_.handle = [&](RequestHead, std::string, std::function<void(Response)> reply) {
    reply(Response{429, "{}", "application/json", 17});
  };
  StartFront();
  auto answer = Connect(Agent()).Post("/", "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_NE(answer->head.find("Retry-After: 17\r\n"), std::string::npos);
  EXPECT_NE(answer->head.find("Content-Type: application/json\r\n"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::collector
