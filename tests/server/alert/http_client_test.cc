#include "server/alert/http_client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/agent/connect_proxy.h"
#include "tests/server/alert/plain_server.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/alert/sink_site.h"

namespace vdiwatch::server::alert {
namespace {

const Time kNow = *ParseTime("2026-11-25T08:00:00Z");

PlainServer::Script Always(std::string answer) {
  return {.write = [answer = std::move(answer)](const std::string&, int piece) {
    return piece == 0 ? answer : "";
  }};
}

Result<HttpAnswer> Post(const std::string& url, const HttpWay& way) {
  return PostJson(*ParseHttpUrl(url), way, {{"x-test", "1"}}, R"({"a":1})", kNow);
}

HttpWay Private() {
  HttpWay way;
  way.allow_private = true;
  return way;
}

TEST(HttpClient, PostsAndReadsTheAnswer) {
  PlainServer server(Always(HttpAnswerText("429 Slow down", "Retry-After: 7\r\n", "later")));
  const auto answer = Post(fmt::format("http://localhost:{}/x?y=z", server.port()), Private());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "later");
  EXPECT_EQ(answer->retry_after, Seconds(7));
  const std::string request = server.newest();
  EXPECT_TRUE(request.starts_with("POST /x?y=z HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find(fmt::format("Host: localhost:{}\r\n", server.port())), std::string::npos);
  EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("x-test: 1\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"a\":1}")) << request;
}

TEST(HttpClient, RetryAfterMayBeADate) {
  PlainServer server(
      Always(HttpAnswerText("503 Busy", "Retry-After: Wed, 25 Nov 2026 08:01:30 GMT\r\n", "")));
  const auto answer = Post(fmt::format("http://127.0.0.1:{}", server.port()), Private());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->retry_after, Seconds(90));
}

TEST(HttpClient, AsksNothingOfThePrivateNetworkUnlessAllowed) {
  PlainServer server(Always(HttpAnswerText("200 OK", "", "")));
  for (const char* host : {"127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"}) {
    const auto refused = Post(fmt::format("http://{}:{}/", host, server.port()), HttpWay{});
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().kind, ErrorKind::kDenied) << refused.error().message;
    EXPECT_NE(refused.error().message.find("allow_private"), std::string::npos);
  }
  const auto metadata = Post("http://169.254.169.254/latest/meta-data/", Private());
  ASSERT_FALSE(metadata);
  EXPECT_EQ(metadata.error().kind, ErrorKind::kDenied) << metadata.error().message;
  EXPECT_EQ(metadata.error().message.find("allow_private"), std::string::npos);
  EXPECT_EQ(server.requests(), 0);
}

TEST(HttpClient, FollowsNoRedirection) {
  PlainServer elsewhere(Always(HttpAnswerText("200 OK", "", "")));
  PlainServer server(Always(HttpAnswerText(
      "302 Found", fmt::format("Location: http://127.0.0.1:{}/\r\n", elsewhere.port()), "")));
  const auto answer = Post(fmt::format("http://127.0.0.1:{}/", server.port()), Private());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(Judge(answer, {}).outcome, Answer::Outcome::kRetry);
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(HttpClient, EndsWhatTrickles) {
  // A byte every 20 ms keeps every time-out of a single read from striking.
  PlainServer server(
      {.write = [](const std::string&,
                   int piece) { return piece == 0 ? std::string("HTTP/1.1 200 OK\r\nX: ") : "x"; },
       .pause_ms = 20});
  HttpWay way = Private();
  way.patience = Seconds(1);
  const auto answer = Post(fmt::format("http://127.0.0.1:{}/", server.port()), way);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("not within 1 s"), std::string::npos)
      << answer.error().message;
}

TEST(HttpClient, ReadsOnlyTheBeginningOfALongAnswer) {
  PlainServer server(Always(HttpAnswerText("200 OK", "", std::string(4 << 20, 'x'))));
  const auto answer = Post(fmt::format("http://127.0.0.1:{}/", server.port()), Private());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_LE(answer->body.size(), 64u << 10);
  EXPECT_LE(Judge(answer, {}).text.size(), 300u);
}

TEST(HttpClient, NobodyThereIsUnavailable) {
  const auto refused = Post(fmt::format("http://127.0.0.1:{}/", FreePort()), Private());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  const auto nameless = Post("https://nobody.invalid/", HttpWay{});
  ASSERT_FALSE(nameless);
  EXPECT_NE(nameless.error().message.find("no host 'nobody.invalid'"), std::string::npos)
      << nameless.error().message;
  PlainServer silent(Always(""));
  const auto empty = Post(fmt::format("http://127.0.0.1:{}/", silent.port()), Private());
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message.find("closed the connection"), std::string::npos)
      << empty.error().message;
}

class HttpClientTls : public ::testing::Test {
 protected:
  HttpClientTls() : site_(clock_), certificates_(MakeCertificates(site_.folder())) {}

  PlainServer Server(const std::string& address) {
    return PlainServer(Always(HttpAnswerText("200 OK", "", "fine")), address,
                       certificates_.certificate, certificates_.key);
  }

  SystemClock clock_;
  SinkSite site_;
  const TestCertificates certificates_;
};

TEST_F(HttpClientTls, TrustsTheFilesAuthorities) {
  PlainServer server(Server("127.0.0.1"));
  HttpWay way = Private();
  way.ca_file = certificates_.ca;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto answer = Post(fmt::format("https://{}:{}/", host, server.port()), way);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
  }
}

TEST_F(HttpClientTls, RefusesStrangersAndOtherNames) {
  PlainServer server(Server("127.0.0.1"));
  const auto stranger = Post(fmt::format("https://localhost:{}/", server.port()), Private());
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().kind, ErrorKind::kDenied) << stranger.error().message;
  PlainServer other(Server("127.0.0.2"));
  HttpWay way = Private();
  way.ca_file = certificates_.ca;
  const auto misnamed = Post(fmt::format("https://127.0.0.2:{}/", other.port()), way);
  ASSERT_FALSE(misnamed);
  EXPECT_EQ(misnamed.error().kind, ErrorKind::kDenied) << misnamed.error().message;
  EXPECT_NE(misnamed.error().message.find("IP address mismatch"), std::string::npos)
      << misnamed.error().message;
  EXPECT_EQ(server.requests() + other.requests(), 0);
}

TEST_F(HttpClientTls, GoesThroughAProxy) {
  PlainServer server(Server("127.0.0.1"));
  agent::ConnectProxy proxy;
  HttpWay way;
  way.ca_file = certificates_.ca;
  way.proxy = *ParseHttpUrl(proxy.address());
  const std::string url = fmt::format("https://localhost:{}/", server.port());
  const auto guarded = Post(url, way);
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(proxy.asked().empty());
  way.allow_private = true;
  const auto answer = Post(url, way);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "fine");
  EXPECT_EQ(proxy.asked(), (std::vector<std::string>{fmt::format("localhost:{}", server.port())}));
  proxy.Refuse("407 Proxy Authentication Required");
  const auto refused = Post(url, way);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            fmt::format("https://localhost:{} does not answer: the proxy {} answers 407 Proxy "
                        "Authentication Required",
                        server.port(), proxy.address()));
}

TEST(HttpClient, ProxyReadsPlainRequestsAndKnowsItsUser) {
  PlainServer proxy(Always(HttpAnswerText("200 OK", "", "")));
  HttpWay way = Private();
  way.proxy = *ParseHttpUrl(fmt::format("http://127.0.0.1:{}", proxy.port()));
  way.proxy_authorization = "Basic dTpw";
  ASSERT_TRUE(Post("http://am.example:9093/api", way));
  const std::string request = proxy.newest();
  EXPECT_TRUE(request.starts_with("POST http://am.example:9093/api HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Proxy-Authorization: Basic dTpw\r\n"), std::string::npos) << request;
}

TEST(HttpClient, NoProxyIsAskedForAnAddressThatNobodyMayAsk) {
  agent::ConnectProxy proxy;
  HttpWay way;
  way.proxy = *ParseHttpUrl(proxy.address());
  for (const char* host : {"2852039166", "0xa9fea9fe", "127.1", "169.254.169.254.", "LOCALHOST"}) {
    const auto refused = Post(fmt::format("https://{}/latest", host), way);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().kind, ErrorKind::kDenied) << refused.error().message;
  }
  EXPECT_TRUE(proxy.asked().empty());
}

TEST(HttpClient, StatusesBlameTheMessageOrTheReceiver) {
  using Outcome = Answer::Outcome;
  for (const int status : {200, 201, 202, 204}) {
    EXPECT_EQ(Judge(HttpAnswer{status, "", {}}, {}).outcome, Outcome::kDelivered) << status;
  }
  for (const int status : {400, 413, 415, 422}) {
    EXPECT_EQ(Judge(HttpAnswer{status, "", {}}, {}).outcome, Outcome::kRejected) << status;
  }
  for (const int status : {301, 401, 403, 404, 408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(Judge(HttpAnswer{status, "", {}}, {}).outcome, Outcome::kRetry) << status;
  }
  EXPECT_EQ(Judge(HttpAnswer{410, "", {}}, {}).outcome, Outcome::kGone);
  EXPECT_EQ(Judge(Unavailable("x does not answer"), {}).outcome, Outcome::kRetry);
}

TEST(HttpReceiver, UrlsAreReadStrictly) {
  const auto url = ParseHttpUrl("https://[2001:db8::1]:8443?a=b");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->target, "/?a=b");
  EXPECT_EQ(Origin(*url), "https://[2001:db8::1]:8443");
  EXPECT_EQ(Origin(*ParseHttpUrl("http://am.example")), "http://am.example");
  for (const char* bad :
       {"", "am.example", "ftp://am.example/", "https://", "https://u:hunter2@am.example/",
        "https://am.example/#top", "https://am.example:99999/", "https://am.example/\r\nX: y"}) {
    const auto refused = ParseHttpUrl(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace vdiwatch::server::alert
