#include "collector/ca_rotation.h"

#include <gtest/gtest.h>

#include "agent/core.h"
#include "agent/pin.h"
#include "agent/transport.h"
#include "base/file.h"
#include "server/app.h"
#include "tests/agent/temp_folder.h"

// A rotation of the certificate authority with real agents over real TLS, in weeks of a clock that
// is ticked by hand.
namespace vdiwatch {
namespace {

constexpr Seconds kDay{24 * 60 * 60};

// What an agent was given to know its collector by: one of these.
struct Trusted {
  std::string ca_pem;
  std::vector<std::string> pins = {};
};

// An agent that keeps what it must over restarts. It was given the authority of its first day.
class Agent {
 public:
  Agent(std::string host, std::string token, Trusted trusted, const Clock& clock)
      : host_(std::move(host)),
        token_(std::move(token)),
        trusted_(std::move(trusted)),
        clock_(clock) {}

  // A process that knows this port; one exchange.
  agent::StepResult Step(std::uint16_t port) {
    auto transport = agent::Transport::Create({.collector = {.host = "127.0.0.1", .port = port},
                                               .ca_pem = trusted_.ca_pem,
                                               .ca_pins = trusted_.pins},
                                              clock_);
    EXPECT_TRUE(transport) << transport.error().message;
    agent::CoreSurroundings surroundings;
    surroundings.token = [this] { return Result<std::string>(token_); };
    surroundings.keep_identity = [](const agent::Identity&) { return Result<void>(); };
    agent::AgentCore core(surroundings, memory_, **transport, spool_, clock_);
    agent::Observation seen;
    seen.os = "linux";
    seen.claims.host_name = host_;
    seen.boot_id = "boot-" + host_;
    seen.canary = {"canary-" + host_, clock_.Now(), 1};
    auto result = core.Step(seen);
    memory_ = core.memory();
    return result;
  }
  const agent::Identity& identity() const { return *memory_.identity; }
  void Deploy(Trusted trusted) { trusted_ = std::move(trusted); }

 private:
  std::string host_, token_;
  Trusted trusted_;
  const Clock& clock_;
  agent::CoreMemory memory_;
  agent::Spool spool_;
};

class RotationTest : public testing::Test {
 protected:
  RotationTest() {
    config_.data_dir = folder_.path() / "data";
    config_.agents.listen = {"127.0.0.1", 0};
    config_.people.listen = {"127.0.0.1", 0};
    config_.ca_key_passphrase_file = folder_.path() / "passphrase";
    EXPECT_TRUE(
        WriteFile(config_.ca_key_passphrase_file, "correct horse battery\n", FileMode::kPrivate));
    std::filesystem::create_directories(config_.data_dir);
    Restart();
    token_ = *collector::CreateEnrolToken(*app_->database().store,
                                          {.pool = "finance",
                                           .expires_at = clock_.Now() + 365 * kDay,
                                           .max_uses = 0,
                                           .cidr = "",
                                           .note = ""},
                                          clock_.Now());
  }

  void Restart() {
    app_.reset();
    auto app = server::App::Start(config_, {}, clock_, log_);
    ASSERT_TRUE(app) << app.error().message;
    app_ = *std::move(app);
  }
  // Of the authorities in force, as `vdiwatch ca show --pin` prints them.
  std::vector<std::string> Pins() const {
    std::string text;
    const auto authorities = collector::ListAuthorities(config_.ca_dir());
    for (const auto& authority : *authorities) {
      if (authority.role != "retired") text += " " + authority.pin;
    }
    return *agent::ParsePins(text);
  }
  std::string CaFile() const { return *ReadFile(config_.ca_dir() / "ca.pem", 1 << 16); }
  std::int64_t Desktops() { return app_->database().reader->PoolSummaries()->at(0).desktops; }

  agent::TempFolder folder_;
  ManualClock clock_{SystemClock().Now()};
  Log log_{Log::Level::kError};
  server::Config config_;
  std::unique_ptr<server::App> app_;
  std::string token_;
};

TEST_F(RotationTest, AgentsKeepReportingAndTheOldAuthorityCanGo) {
  const std::string first_ca = CaFile();
  Agent agent("fin-01", token_, {first_ca}, clock_), away("fin-02", token_, {first_ca}, clock_);
  ASSERT_TRUE(agent.Step(app_->agents_port()).answer);
  ASSERT_TRUE(away.Step(app_->agents_port()).answer);
  const std::string first_certificate = agent.identity().certificate;

  ASSERT_TRUE(collector::BeginRotation(config_.ca_dir(), clock_.Now(), "correct horse battery"));
  Restart();
  const std::string next_ca = *ReadFile(config_.ca_dir() / "next.pem", 1 << 16);
  ASSERT_TRUE(agent.Step(app_->agents_port()).answer) << "under its old certificate";
  EXPECT_EQ(agent.identity().certificate, first_certificate);
  clock_.Advance(10 * kDay);
  ASSERT_TRUE(agent.Step(app_->agents_port()).answer);
  EXPECT_NE(agent.identity().certificate, first_certificate) << "renewed in time";
  EXPECT_NE(agent.identity().ca.find(next_ca), std::string::npos) << "and it learned the next one";
  EXPECT_EQ(*app_->database().reader->CertificatesUntil(clock_.Now() + 10 * kDay), 1)
      << "the one that is away";

  ASSERT_TRUE(collector::RetireAuthority(config_.ca_dir(), "correct horse battery"));
  Restart();
  EXPECT_EQ(CaFile(), next_ca);
  auto after = agent.Step(app_->agents_port());
  ASSERT_TRUE(after.answer) << after.problem->message;
  EXPECT_EQ(Desktops(), 2);

  auto late = away.Step(app_->agents_port());
  ASSERT_TRUE(late.problem);
  EXPECT_NE(late.problem->message.find("not trusted by ca_file"), std::string::npos)
      << late.problem->message;
  away.Deploy({next_ca});
  auto anew = away.Step(app_->agents_port());
  ASSERT_TRUE(anew.answer) << anew.problem->message;
  EXPECT_EQ(Desktops(), 2) << "the same desktop, with a new key";
}

TEST_F(RotationTest, AgentsWithAPinComeThroughItAsWell) {
  const auto first = Pins();
  ASSERT_EQ(first.size(), 1u);
  Agent agent("fin-01", token_, {"", first}, clock_);
  ASSERT_TRUE(agent.Step(app_->agents_port()).answer);

  ASSERT_TRUE(collector::BeginRotation(config_.ca_dir(), clock_.Now(), "correct horse battery"));
  Restart();
  const auto both = Pins();
  ASSERT_EQ(both.size(), 2u);
  Agent fresh("fin-02", token_, {"", both}, clock_);
  ASSERT_TRUE(fresh.Step(app_->agents_port()).answer) << "images of the time between";
  clock_.Advance(10 * kDay);
  ASSERT_TRUE(agent.Step(app_->agents_port()).answer);

  ASSERT_TRUE(collector::RetireAuthority(config_.ca_dir(), "correct horse battery"));
  Restart();
  auto after = agent.Step(app_->agents_port());
  ASSERT_TRUE(after.answer) << "the first pin is of nobody now, but it learned: "
                            << after.problem->message;
  Agent late("fin-03", token_, {"", first}, clock_), image("fin-04", token_, {"", both}, clock_);
  auto refused = late.Step(app_->agents_port());
  ASSERT_TRUE(refused.problem);
  EXPECT_NE(refused.problem->message.find("not trusted by ca_pin"), std::string::npos)
      << refused.problem->message;
  EXPECT_TRUE(image.Step(app_->agents_port()).answer);
}

}  // namespace
}  // namespace vdiwatch
