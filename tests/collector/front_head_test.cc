#include "collector/front_head.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace vdiwatch::collector {
namespace {

constexpr std::uint64_t kMaxBody = 1000;

ParsedHead Parsed(std::string_view bytes) {
  auto outcome = ParseHead(bytes, kMaxBody);
  EXPECT_TRUE(std::holds_alternative<ParsedHead>(outcome)) << bytes;
  auto* parsed = std::get_if<ParsedHead>(&outcome);
  return parsed ? *parsed : ParsedHead{};
}

int Refused(std::string_view bytes) {
  auto outcome = ParseHead(bytes, kMaxBody);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return 0;
  auto body = ParseJson(response->body, "refusal");
  EXPECT_TRUE(body && (*body)["error"].contains("kind") && (*body)["error"].contains("message"))
      << response->body;
  return response->status;
}

std::string With(std::string_view fields) {
  return fmt::format("POST /v1/check-in HTTP/1.1\r\nHost: a\r\n{}\r\n", fields);
}

TEST(ParseHead, ReadsWhatTheHandlerNeeds) {
  std::string text = With("Content-Length: 12\r\nAUTHORIZATION: bearer  tok \r\n");
  ParsedHead parsed = Parsed(text + "body");
  EXPECT_EQ(parsed.head.method, "POST");
  EXPECT_EQ(parsed.head.target, "/v1/check-in");
  EXPECT_EQ(parsed.head.bearer, "tok");
  EXPECT_EQ(parsed.head.content_length, 12u);
  EXPECT_EQ(parsed.size, text.size());
  EXPECT_TRUE(parsed.keep_alive);
  EXPECT_FALSE(parsed.expects_continue);
}

TEST(ParseHead, WantsMoreUntilTheEmptyLine) {
  std::string text = With("Content-Length: 12\r\n");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<NeedMore>(
        ParseHead(std::string_view(text).substr(0, size), kMaxBody)));
  }
  EXPECT_EQ(Parsed(text).size, text.size());
}

TEST(ParseHead, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(Parsed(With("Content-Length: 0\r\nConnection: close\r\n")).keep_alive);
  EXPECT_FALSE(Parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
}

TEST(ParseHead, KnowsWhoWaitsForAGoAhead) {
  EXPECT_TRUE(Parsed(With("Content-Length: 5\r\nExpect: 100-Continue\r\n")).expects_continue);
  EXPECT_EQ(Refused(With("Content-Length: 5\r\nExpect: miracles\r\n")), 417);
}

TEST(ParseHead, WantsALengthForABody) {
  EXPECT_EQ(Refused(With("")), 411);
  EXPECT_EQ(Refused(With("Transfer-Encoding: chunked\r\n")), 411);
  EXPECT_EQ(Refused(With("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")), 411);
  EXPECT_EQ(Parsed("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").head.content_length, 0u);
}

TEST(ParseHead, LimitsTheBody) {
  EXPECT_EQ(Parsed(With("Content-Length: 1000\r\n")).head.content_length, kMaxBody);
  EXPECT_EQ(Refused(With("Content-Length: 1001\r\n")), 413);
  EXPECT_EQ(Refused(With("Content-Length: 18446744073709551615\r\n")), 413);
}

TEST(ParseHead, RefusesLengthsThatCouldBeReadInTwoWays) {
  EXPECT_EQ(Refused(With("Content-Length: 5\r\nContent-Length: 6\r\n")), 400);
  EXPECT_EQ(Refused(With("Content-Length: -5\r\n")), 400);
  EXPECT_EQ(Refused(With("Content-Length: 5 6\r\n")), 400);
  EXPECT_EQ(Refused(With("Content-Length: 18446744073709551616\r\n")), 400);
  EXPECT_EQ(Refused(With("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
}

TEST(ParseHead, LimitsTheTarget) {
  auto request = [](std::size_t size) {
    return fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", std::string(size - 1, 'x'));
  };
  EXPECT_EQ(Parsed(request(1024)).head.target.size(), 1024u);
  EXPECT_EQ(Refused(request(1025)), 414);
}

TEST(ParseHead, LimitsTheHead) {
  std::string endless = With("X-Filler: " + std::string(9000, 'x') + "\r\n");
  EXPECT_EQ(Refused(endless), 431);
  EXPECT_EQ(Refused(std::string_view(endless).substr(0, 8192)), 431);
  EXPECT_EQ(Refused(std::string(8192, '\0')), 431);
}

TEST(ParseHead, RefusesWhatIsNotHttp) {
  EXPECT_EQ(Refused("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(Refused("\r\n\r\n"), 400);
  EXPECT_EQ(Refused("POST /x\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(Refused("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\nNo colon\r\n\r\n"), 400);
}

TEST(ParseHead, WantsOneHostAndOneAuthorization) {
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(Refused(With("Content-Length: 0\r\nAuthorization: Bearer a\r\n"
                         "Authorization: Bearer b\r\n")),
            400);
}

TEST(ParseHead, TakesOnlyBearerTokens) {
  EXPECT_EQ(Parsed(With("Content-Length: 0\r\nAuthorization: Basic abc\r\n")).head.bearer, "");
  EXPECT_EQ(Parsed(With("Content-Length: 0\r\nAuthorization: Bearer\r\n")).head.bearer, "");
}

}  // namespace
}  // namespace vdiwatch::collector
