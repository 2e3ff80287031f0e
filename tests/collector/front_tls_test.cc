#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/collector/front_fixture.h"

namespace vdiwatch::collector {
namespace {

using FrontTlsTest = FrontTest;

TEST_F(FrontTlsTest, ServesAClientWithoutACertificate) {
  StartFront();
  FrontClient client = Connect();
  ASSERT_TRUE(client.connected());
  auto answer = client.Post("/v1/enrol", "csr", "Authorization: Bearer vdw_enrol_abc\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /v1/enrol csr");
  ASSERT_EQ(handler_.heads().size(), 1u);
  RequestHead head = handler_.heads().front();
  EXPECT_FALSE(head.peer);
  EXPECT_EQ(head.bearer, "vdw_enrol_abc");
  EXPECT_EQ(head.remote_ip, "127.0.0.1");
  EXPECT_EQ(head.content_length, 3u);
}

TEST_F(FrontTlsTest, TellsWhoTheClientIs) {
  StartFront();
  FrontClient client = Connect(Agent());
  ASSERT_TRUE(client.Post("/v1/check-in", "{}"));
  RequestHead head = handler_.heads().at(0);
  ASSERT_TRUE(head.peer);
  EXPECT_EQ(head.peer->key, KeyOf(Agent()));
  EXPECT_GT(head.peer->not_after, SystemClock().Now());
  EXPECT_EQ(head.bearer, "");
}

TEST_F(FrontTlsTest, RefusesAnotherCa) {
  StartFront();
  TestCa other(Authority().folder + "-other");
  FrontClient client = Connect(other.Client());
  EXPECT_FALSE(client.Post("/v1/check-in", "{}"));
  EXPECT_EQ(TakeTlsError(), "tlsv1 alert unknown ca") << "the client is not told why";
  EXPECT_TRUE(handler_.heads().empty());
}

TEST_F(FrontTlsTest, RefusesAServersCertificateAsAClients) {
  StartFront();
  auto server = Authority().ca.IssueServer({"localhost"}, SystemClock().Now(), kDay);
  ASSERT_TRUE(server);
  EXPECT_FALSE(Connect(*server).Post("/v1/check-in", "{}"));
  EXPECT_TRUE(handler_.heads().empty());
}

TEST_F(FrontTlsTest, LeavesItToTheCollectorToJudgeAnExpiredCertificate) {
  StartFront();
  KeyPair expired = Authority().Client(Seconds(-3600));
  FrontClient client = Connect(expired);
  auto answer = client.Post("/v1/renew", "{}");
  ASSERT_TRUE(answer);
  RequestHead head = handler_.heads().at(0);
  ASSERT_TRUE(head.peer);
  EXPECT_EQ(head.peer->key, KeyOf(expired));
  EXPECT_LT(head.peer->not_after, SystemClock().Now());
}

class FrontResumption : public FrontTest, public testing::WithParamInterface<int> {};

TEST_P(FrontResumption, KnowsTheClientAgain) {
  StartFront();
  FrontClient first = Connect(Agent(), nullptr, GetParam());
  ASSERT_TRUE(first.Post("/1", ""));
  SessionPtr session = first.Session();

  // Three times over, each with what the one before left behind, as agents do.
  for (int i = 0; i < 3; ++i) {
    FrontClient again = Connect(Agent(), session.get(), GetParam());
    ASSERT_TRUE(again.Post("/again", ""));
    EXPECT_TRUE(again.resumed());
    EXPECT_EQ(handler_.heads().back().peer->key, KeyOf(Agent()));
    session = again.Session();
  }
}

TEST_P(FrontResumption, ForgetsTheOldestSessionsBeyondItsLimit) {
  options_.max_sessions = 2;
  StartFront();
  std::vector<SessionPtr> sessions;
  for (int i = 0; i < 4; ++i) {
    FrontClient client = Connect(Agent(), nullptr, GetParam());
    ASSERT_TRUE(client.Post("/", ""));
    sessions.push_back(client.Session());
  }
  FrontClient newest = Connect(Agent(), sessions[3].get(), GetParam());
  ASSERT_TRUE(newest.Post("/", ""));
  EXPECT_TRUE(newest.resumed());
  FrontClient oldest = Connect(Agent(), sessions[0].get(), GetParam());
  ASSERT_TRUE(oldest.Post("/", ""));
  EXPECT_FALSE(oldest.resumed());
}

TEST_P(FrontResumption, OfASessionWithoutACertificateStaysWithoutOne) {
  StartFront();
  FrontClient first = Connect({}, nullptr, GetParam());
  ASSERT_TRUE(first.Post("/1", ""));
  SessionPtr session = first.Session();
  FrontClient again = Connect(Agent(), session.get(), GetParam());
  ASSERT_TRUE(again.Post("/2", ""));
  EXPECT_TRUE(again.resumed());
  EXPECT_FALSE(handler_.heads().back().peer);
}

INSTANTIATE_TEST_SUITE_P(Versions, FrontResumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_F(FrontTlsTest, RefusesOldVersions) {
  StartFront();
  EXPECT_FALSE(Connect(Agent(), nullptr, TLS1_1_VERSION).connected());
}

TEST_F(FrontTlsTest, HangsUpOnPlainHttp) {
  StartFront();
  Socket socket = ConnectTo(front_->port());
  ASSERT_GT(::send(socket.descriptor(), "GET / HTTP/1.1\r\n", 16, 0), 0);
  EXPECT_TRUE(ReadsEnd(socket));
}

}  // namespace
}  // namespace vdiwatch::collector
