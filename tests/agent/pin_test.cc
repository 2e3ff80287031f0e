#include "agent/pin.h"

#include <gtest/gtest.h>

#include "agent/report.h"
#include "agent/transport.h"
#include "base/digest.h"
#include "tests/agent/authority.h"
#include "tests/agent/tls_server.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);
constexpr Seconds kDay{24 * 60 * 60};
constexpr const char* kLoopback = "IP:127.0.0.1,DNS:localhost";

std::string Pin(const std::string& pem) { return PinOf(CertificateFromPem(pem).get()); }

TEST(PinTextTest, ReadsHexAndBase64AndSeveral) {
  Authority one, two;
  const std::string a = Pin(one.certificate()), b = Pin(two.certificate());
  EXPECT_EQ(*ParsePins("sha256:" + Hex(a)), std::vector{a});
  EXPECT_EQ(*ParsePins("SHA256:" + Base64(a)), std::vector{a});
  EXPECT_EQ(*ParsePins(PinText(a) + ", " + PinText(b)), (std::vector{a, b}));
  for (const char* bad : {"", " ", "sha256:", "sha256:00", "sha1:00", "md5", "sha256:zz"}) {
    EXPECT_FALSE(ParsePins(bad)) << bad;
  }
  EXPECT_FALSE(ParsePins(Hex(a))) << "without saying of what it is";
}

TEST(PinTextTest, AgentsWithPinOrFileOfOneCollectorHaveOneFleetKey) {
  Authority authority;
  EXPECT_EQ(*FleetKey(authority.certificate()), FleetKeyOfPin(Pin(authority.certificate())));
}

// An agent that was given a pin and nothing else, and whoever answers.
class PinTest : public testing::Test {
 protected:
  static ServedReply Echo(const SeenRequest& request) {
    return {.status = 200, .body = request.body, .retry_after = ""};
  }
  Authority::Server Issued(const Authority& by, const std::string& names = kLoopback) const {
    return by.IssueServer(names, kNow - kDay, kNow + kDay);
  }
  // The server's certificate with these behind it.
  static Authority::Server Chain(Authority::Server server, const std::string& authorities) {
    return {server.certificate + authorities, server.key};
  }
  std::string ProblemWith(const Authority::Server& server, std::vector<std::string> pins,
                          const std::string& learned = "") {
    TlsServer serving(collector_, server, Echo, kNow);
    auto transport = Transport::Create(
        {.collector = {.host = "127.0.0.1", .port = serving.port()}, .ca_pem = "", .ca_pins = pins},
        clock_);
    EXPECT_TRUE(transport) << transport.error().message;
    (*transport)->Trust(learned);
    auto reply = (*transport)->Post("/v1/enrol", "{}", "vdw_enrol_x");
    return reply ? "none" : reply.error().message;
  }

  Authority collector_{"the collector's CA"}, stranger_{"a stranger's CA"};
  const std::string pin_ = Pin(collector_.certificate());
  ManualClock clock_{kNow};
};

TEST_F(PinTest, TrustsTheAuthorityInTheChainAndTheCertificateItself) {
  auto good = Chain(Issued(collector_), collector_.certificate());
  EXPECT_EQ(ProblemWith(good, {pin_}), "none");
  EXPECT_EQ(ProblemWith(good, {Pin(stranger_.certificate()), pin_}), "none") << "one of several";
  auto alone = Issued(stranger_);
  EXPECT_EQ(ProblemWith(alone, {Pin(alone.certificate)}), "none") << "pinned itself";
}

TEST_F(PinTest, RefusesAnotherAuthorityAndNamesIt) {
  std::string problem = ProblemWith(Chain(Issued(stranger_), stranger_.certificate()), {pin_});
  EXPECT_NE(problem.find("its certificate is not trusted by ca_pin"), std::string::npos) << problem;
  EXPECT_NE(problem.find("the authority " + PinText(Pin(stranger_.certificate()))),
            std::string::npos)
      << problem;
}

TEST_F(PinTest, ThePinnedCertificateInAChainOfSomebodyElseIsWorthNothing) {
  EXPECT_NE(ProblemWith(Chain(Issued(stranger_), collector_.certificate()), {pin_}), "none");
  EXPECT_NE(
      ProblemWith(Chain(Issued(stranger_), stranger_.certificate() + collector_.certificate()),
                  {pin_}),
      "none");
  Authority namesake("the collector's CA");
  EXPECT_NE(ProblemWith(Chain(Issued(namesake), collector_.certificate()), {pin_}), "none");
}

TEST_F(PinTest, ChecksNameAndTime) {
  auto elsewhere = Chain(Issued(collector_, "DNS:other.example"), collector_.certificate());
  EXPECT_NE(ProblemWith(elsewhere, {pin_}).find("wrong host name"), std::string::npos);
  auto leaf = Issued(stranger_, "DNS:other.example");
  EXPECT_NE(ProblemWith(leaf, {Pin(leaf.certificate)}).find("wrong host name"), std::string::npos);
  clock_.Set(kNow + 2 * kDay);
  auto late = Chain(Issued(collector_), collector_.certificate());
  EXPECT_NE(ProblemWith(late, {pin_}).find("expired"), std::string::npos);
}

TEST_F(PinTest, WhatTheCollectorToldOfCountsBesideThePin) {
  EXPECT_NE(ProblemWith(Issued(stranger_), {pin_}), "none");
  EXPECT_EQ(ProblemWith(Issued(stranger_), {pin_}, stranger_.certificate()), "none");
}

}  // namespace
}  // namespace vdiwatch::agent
