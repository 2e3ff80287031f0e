#include <gtest/gtest.h>

#include "agent/identity.h"
#include "agent/transport.h"
#include "collector/ca.h"
#include "collector/front.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch {
namespace {

constexpr Seconds kDay{24 * 60 * 60};

// Answers every request with the digest of the certificate that the handshake proved.
class WhoIsThere : public collector::FrontHandler {
 public:
  std::optional<collector::Response> Admit(const collector::RequestHead&) override {
    return std::nullopt;
  }
  void Handle(collector::RequestHead head, std::string,
              std::function<void(collector::Response)> reply) override {
    reply({.status = 200, .body = head.peer ? head.peer->key : "", .retry_after_s = {}});
  }
};

// An enrolled agent's transport to a listener of the collector's own.
class Resumption : public testing::Test {
 protected:
  void SetUp() override {
    auto ca = collector::Ca::OpenOrCreate(folder_.path(), clock_.Now());
    ASSERT_TRUE(ca) << ca.error().message;
    auto server = ca->IssueServer({"127.0.0.1"}, clock_.Now(), kDay);
    ASSERT_TRUE(server) << server.error().message;
    collector::FrontOptions options;
    options.port = 0;
    options.certificate_pem = server->certificate;
    options.key_pem = server->key;
    options.client_ca_pem = ca->certificate();
    auto front = collector::Front::Start(options, handler_, log_);
    ASSERT_TRUE(front) << front.error().message;
    front_ = *std::move(front);
    auto transport = agent::Transport::Create(
        {.collector = {.host = "127.0.0.1", .port = front_->port()}, .ca_pem = ca->certificate()},
        clock_);
    ASSERT_TRUE(transport) << transport.error().message;
    transport_ = *std::move(transport);
    agent::Identity identity = *agent::NewIdentity();
    auto csr = collector::CheckCsr(identity.csr);
    ASSERT_TRUE(csr) << csr.error().message;
    key_ = csr->key;
    transport_->Present(*ca->IssueClient(*csr, "agent", clock_.Now(), kDay), identity.key);
  }

  agent::TempFolder folder_;
  SystemClock clock_;
  Log log_{Log::Level::kError};
  WhoIsThere handler_;
  std::unique_ptr<collector::Front> front_;
  std::unique_ptr<agent::Transport> transport_;
  std::string key_;
};

TEST_F(Resumption, AnAgentResumesItsSessionWithTheCollector) {
  for (int connection = 1; connection <= 4; ++connection) {
    auto reply = transport_->Post("/v1/check-in", "{}", "");
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, key_) << "the collector still knows who speaks";
    EXPECT_EQ(transport_->resumed(), connection > 1) << "connection " << connection;
    transport_->Close();
  }
}

}  // namespace
}  // namespace vdiwatch
