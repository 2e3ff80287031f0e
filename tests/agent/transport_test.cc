#include "agent/transport.h"

#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "agent/identity.h"
#include "tests/agent/authority.h"
#include "tests/agent/tls_server.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);
constexpr Seconds kDay{24 * 60 * 60};
constexpr const char* kLoopback = "IP:127.0.0.1,DNS:localhost";

class TransportTest : public testing::Test {
 protected:
  std::unique_ptr<Transport> To(const TlsServer& server, const std::string& host = "127.0.0.1") {
    auto transport = Transport::Create(
        {.collector = {.host = host, .port = server.port()}, .ca_pem = authority_.certificate()},
        clock_);
    EXPECT_TRUE(transport) << transport.error().message;
    return *std::move(transport);
  }

  Authority::Server Good() const {
    return authority_.IssueServer(kLoopback, kNow - kDay, kNow + kDay);
  }

  // The one line of an exchange that must fail with this certificate.
  std::string ProblemWith(Authority::Server certificate, const std::string& host = "127.0.0.1") {
    TlsServer server(authority_, std::move(certificate), Echo, kNow);
    auto reply = To(server, host)->Post("/v1/check-in", "{}", "");
    if (reply) return "none";
    EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable);
    return reply.error().message;
  }

  static ServedReply Echo(const SeenRequest& request) {
    return {.status = 200,
            .body = request.target + "|" + request.body + "|" + request.bearer + "|" + request.peer,
            .retry_after = ""};
  }

  Authority authority_;
  ManualClock clock_{kNow};
};

TEST_F(TransportTest, PostsAndPresentsTheAgentsCertificate) {
  TlsServer server(authority_, Good(), Echo, kNow);
  auto transport = To(server);
  auto bare = transport->Post("/v1/enrol", "hello", "vdw_enrol_x");
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_EQ(bare->status, 200);
  EXPECT_EQ(bare->body, "/v1/enrol|hello|vdw_enrol_x|");

  Identity identity = *NewIdentity();
  transport->Present(authority_.IssueClient(identity.csr, kNow - kDay, kNow + kDay), identity.key);
  auto known = transport->Post("/v1/check-in", "", "");
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->body, "/v1/check-in|||CN=agent");
}

TEST_F(TransportTest, KeepsOneConnectionUntilClosed) {
  TlsServer server(authority_, Good(), Echo, kNow);
  auto transport = To(server);
  ASSERT_TRUE(transport->Post("/a", "", ""));
  ASSERT_TRUE(transport->Post("/b", "", ""));
  EXPECT_EQ(server.connections(), 1);
  transport->Close();
  ASSERT_TRUE(transport->Post("/c", "", ""));
  EXPECT_EQ(server.connections(), 2);
}

class ResumptionTest : public TransportTest, public testing::WithParamInterface<bool> {};

TEST_P(ResumptionTest, ResumesTheSessionOverNewConnections) {
  TlsServer server(authority_, Good(), Echo, kNow, GetParam());
  auto transport = To(server);
  Identity identity = *NewIdentity();
  transport->Present(authority_.IssueClient(identity.csr, kNow - kDay, kNow + kDay), identity.key);
  ASSERT_TRUE(transport->Post("/v1/check-in", "1", ""));
  EXPECT_FALSE(transport->resumed());
  for (int i = 0; i < 3; ++i) {
    transport->Close();
    auto reply = transport->Post("/v1/check-in", "2", "");
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_TRUE(transport->resumed()) << "connection " << i + 2;
    EXPECT_EQ(reply->body, "/v1/check-in|2||CN=agent") << "the session knows who resumed it";
  }
}

TEST_P(ResumptionTest, ForgetsTheSessionWithTheCertificate) {
  TlsServer server(authority_, Good(), Echo, kNow, GetParam());
  auto transport = To(server);
  ASSERT_TRUE(transport->Post("/v1/enrol", "", ""));
  Identity identity = *NewIdentity();
  transport->Present(authority_.IssueClient(identity.csr, kNow - kDay, kNow + kDay), identity.key);
  auto reply = transport->Post("/v1/check-in", "", "");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(transport->resumed());
  EXPECT_EQ(reply->body, "/v1/check-in|||CN=agent");
}

INSTANTIATE_TEST_SUITE_P(Versions, ResumptionTest, testing::Bool(),
                         [](const auto& version) { return version.param ? "Tls12" : "Tls13"; });

TEST_F(TransportTest, HandsOnStatusAndRetryAfter) {
  TlsServer server(
      authority_, Good(),
      [](const SeenRequest& request) -> ServedReply {
        if (request.target == "/busy") return {.status = 503, .body = "{}", .retry_after = "37"};
        return {.status = 429, .body = "", .retry_after = "tomorrow", .keep_alive = false};
      },
      kNow);
  auto transport = To(server);
  auto busy = transport->Post("/busy", "", "");
  ASSERT_TRUE(busy) << busy.error().message;
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->retry_after, Seconds(37));
  auto other = transport->Post("/other", "", "");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->status, 429);
  EXPECT_FALSE(other->retry_after);
}

TEST_F(TransportTest, TrustsItsOwnAuthorityOnly) {
  Authority stranger("somebody else's CA");
  EXPECT_NE(ProblemWith(stranger.IssueServer(kLoopback, kNow - kDay, kNow + kDay))
                .find("its certificate is not trusted by ca_file"),
            std::string::npos);
}

TEST_F(TransportTest, ChecksTheNameItWasTold) {
  auto elsewhere = authority_.IssueServer("DNS:collector.example", kNow - kDay, kNow + kDay);
  EXPECT_NE(ProblemWith(elsewhere).find("its certificate is not for '127.0.0.1': wrong host name"),
            std::string::npos);
  EXPECT_NE(ProblemWith(elsewhere, "localhost").find("not for 'localhost'"), std::string::npos);
  EXPECT_EQ(ProblemWith(Good(), "localhost"), "none");
}

TEST_F(TransportTest, TellsAWrongClockFromAWrongCertificate) {
  std::string early = ProblemWith(authority_.IssueServer(kLoopback, kNow + kDay, kNow + 2 * kDay));
  EXPECT_NE(early.find("is valid from 2026-11-19T"), std::string::npos) << early;
  EXPECT_NE(early.find("this machine's clock says 2026-11-18T"), std::string::npos) << early;
  std::string late = ProblemWith(authority_.IssueServer(kLoopback, kNow - 2 * kDay, kNow - kDay));
  EXPECT_NE(late.find("expired on 2026-11-17T"), std::string::npos) << late;
  clock_.Set(kNow - Seconds(36 * 60 * 60));
  EXPECT_EQ(ProblemWith(authority_.IssueServer(kLoopback, kNow - 2 * kDay, kNow - kDay)), "none")
      << "certificates are judged by the clock that was passed in";
}

TEST_F(TransportTest, SaysInOneLineThatNobodyAnswers) {
  std::uint16_t port = 0;
  {
    Poco::Net::ServerSocket taken(Poco::Net::SocketAddress("127.0.0.1", 0));
    port = taken.address().port();
  }
  auto transport = Transport::Create(
      {.collector = {.host = "127.0.0.1", .port = port}, .ca_pem = authority_.certificate()},
      clock_);
  auto reply = (*transport)->Post("/v1/check-in", "", "");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(reply.error().message.find('\n'), std::string::npos);
  EXPECT_NE(reply.error().message.find("refused"), std::string::npos) << reply.error().message;
}

TEST_F(TransportTest, GivesUpOnACollectorThatNeverAnswers) {
  Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  auto transport =
      Transport::Create({.collector = {.host = "127.0.0.1", .port = silent.address().port()},
                         .ca_pem = authority_.certificate(),
                         .connect_timeout = Seconds(1),
                         .answer_timeout = Seconds(1)},
                        clock_);
  auto reply = (*transport)->Post("/v1/check-in", "", "");
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("no answer in time"), std::string::npos)
      << reply.error().message;
}

TEST_F(TransportTest, ComesAndGoesInManyThreads) {
  const TransportOptions options{.collector = {"127.0.0.1", 1}, .ca_pem = authority_.certificate()};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 500; ++turn) EXPECT_TRUE(Transport::Create(options, clock_));
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(TransportTest, RefusesACaFileWithoutCertificates) {
  auto transport =
      Transport::Create({.collector = {.host = "h", .port = 1}, .ca_pem = "nothing here"}, clock_);
  ASSERT_FALSE(transport);
  EXPECT_EQ(transport.error().message, "the CA file holds no certificate in PEM");
}

}  // namespace
}  // namespace vdiwatch::agent
