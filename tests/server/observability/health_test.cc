#include "server/health.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/file.h"
#include "tests/server/https.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

HealthFacts AllWell() {
  HealthFacts facts;
  facts.now = kStart;
  facts.certificates = {{"authority_present", kStart + Seconds(400 * 86'400)}};
  facts.free_bytes = std::uint64_t{10} << 30;
  return facts;
}

const HealthCheck& Named(const std::vector<HealthCheck>& checks, std::string_view name) {
  for (const HealthCheck& check : checks) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << name;
  return checks.front();
}

TEST(HealthTest, AllIsWell) {
  const auto checks = CheckHealth(AllWell());
  EXPECT_EQ(Worst(checks), HealthStatus::kOk);
  for (const HealthCheck& check : checks) EXPECT_EQ(check.reason, "") << check.name;
}

// What is spoilt, which check says so, and how bad that is.
struct Case {
  const char* check;
  HealthStatus status;
  std::function<void(HealthFacts&)> spoil;
};

TEST(HealthTest, EachThingIsNoticed) {
  using enum HealthStatus;
  const Case cases[] = {
      {"store", kFailing, [](auto& f) { f.writable = Unavailable("/secret/path: disk full"); }},
      {"collector", kFailing, [](auto& f) { f.collector_silent_for = Seconds(601); }},
      {"collector", kOk, [](auto& f) { f.collector_silent_for = Seconds(599); }},
      {"policy", kWarning, [](auto& f) { f.policy_refused = true; }},
      {"certificates", kFailing, [](auto& f) { f.certificates[0].second = f.now; }},
      {"certificates", kWarning,
       [](auto& f) { f.certificates[0].second = f.now + Seconds(14 * 86'400); }},
      {"certificates", kOk,
       [](auto& f) { f.certificates[0].second = f.now + Seconds(15 * 86'400); }},
      {"certificates", kFailing,
       [](auto& f) { f.certificates.emplace_back("people_listener", f.now); }},
      {"alerts", kWarning, [](auto& f) { f.oldest_notice = f.now - Seconds(901); }},
      {"alerts", kOk, [](auto& f) { f.oldest_notice = f.now - Seconds(899); }},
      {"alerts", kWarning, [](auto& f) { f.failing_sinks = {"ops"}; }},
      {"alerts", kWarning, [](auto& f) { f.alerts_refused = true; }},
      {"disk", kFailing, [](auto& f) { f.free_bytes.reset(); }},
      {"disk", kFailing, [](auto& f) { f.free_bytes = 63 << 20; }},
      {"disk", kWarning, [](auto& f) { f.free_bytes = 100 << 20; }},
  };
  for (const Case& one : cases) {
    HealthFacts facts = AllWell();
    one.spoil(facts);
    const auto checks = CheckHealth(facts);
    EXPECT_EQ(Named(checks, one.check).status, one.status) << one.check;
    EXPECT_EQ(Worst(checks), one.status) << one.check;
    EXPECT_EQ(Named(checks, one.check).reason.empty(), one.status == kOk) << one.check;
    for (const HealthCheck& check : checks) {
      EXPECT_EQ(check.reason.find("/secret"), std::string::npos) << check.reason;
    }
  }
}

class HealthOfDaemonTest : public testing::Test {
 protected:
  void Start() {
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
  }
  HttpResponse Ask(const std::string& path) {
    return Https(daemon_.app().people_port(), daemon_.ca_file(), Request("GET", path));
  }
  TestDaemon daemon_;
};

TEST_F(HealthOfDaemonTest, ADaemonThatRunsIsHealthyAndReady) {
  Start();
  const HttpResponse health = Ask("/healthz"), ready = Ask("/readyz");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(BodyOf(health)["status"], "ok");
  EXPECT_EQ(ready.status, 200) << ready.body;
  EXPECT_EQ(BodyOf(ready)["checks"].size(), 6u);
  EXPECT_EQ(BodyOf(ready)["checks"][0]["name"], "store");
  EXPECT_EQ(BodyOf(ready)["checks"][0]["status"], "ok") << ready.body;
}

// Ten years later: the authority has ended, and nothing that it signed is any good.
TEST_F(HealthOfDaemonTest, AnEndedAuthorityMakesItNotReady) {
  Start();
  daemon_.clock.Advance(Seconds(11LL * 366 * 86'400));
  const HttpResponse ready = Ask("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(BodyOf(ready)["status"], "failing");
  EXPECT_NE(ready.body.find("The certificate '"), std::string::npos) << ready.body;
  EXPECT_EQ(Ask("/healthz").status, 200);  // a restart does not help
}

TEST_F(HealthOfDaemonTest, ABadPolicyIsAWarningAlone) {
  daemon_.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\npolicy_dir: policy\n");
  std::filesystem::create_directory(daemon_.directory().path() / "policy");
  Start();
  daemon_.directory().Write("policy/bad.yaml", "pack: [");
  for (int look = 0; look < 3; ++look) daemon_.app().RefreshPolicy();
  const HttpResponse ready = Ask("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(BodyOf(ready)["status"], "warning");
  EXPECT_NE(ready.body.find("Newer policy files are refused"), std::string::npos) << ready.body;
}

}  // namespace
}  // namespace vdiwatch::server
