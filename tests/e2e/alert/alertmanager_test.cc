// From a desktop that loses its disk to an alert that fires in Debian's Alertmanager, and back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "agent/core.h"
#include "agent/probe/probe.h"
#include "agent/transport.h"
#include "base/digest.h"
#include "base/file.h"
#include "tests/e2e/site.h"
#include "tests/load/pool_model.h"
#include "tests/server/alert/real_alertmanager.h"

namespace vdiwatch::e2e {
namespace {

constexpr const char* kPools =
    "pools:\n"
    "  - {name: fin, attributes: {license: docker_business, site: berlin}}\n"
    "  - {name: idle, docker: none}\n";

// A desktop of the demonstration fleet that has nothing wrong but what it declares of its disk.
class Desktop {
 public:
  Desktop(const Site& site, std::string token, int number)
      : token_(std::move(token)),
        channel_(*agent::Transport::Create(
            {.collector = {"127.0.0.1", static_cast<std::uint16_t>(site.agents_port())},
             .ca_pem = *ReadFile(site.ca_file(), 1 << 20)},
            clock_)) {
    seen_.os = "windows";
    seen_.facts =
        agent::Interpret(sim::FindPool("finance-vmware")->machine(number).Record(clock_.Now()));
    seen_.claims.host_name = fmt::format("fra-{}", number);
    seen_.claims.domain = "corp.example";
    seen_.boot_id = Hex(RandomBytes(8));
    seen_.canary = {Hex(RandomBytes(8)), clock_.Now(), 1};
  }

  void CheckIn(const char* persistence) {
    seen_.facts["persistence.declared"] = Known(persistence);
    const auto step = core_.Step(seen_);
    EXPECT_TRUE(step.answer) << (step.problem ? step.problem->message : "");
  }

 private:
  agent::CoreSurroundings Surroundings() {
    agent::CoreSurroundings surroundings;
    surroundings.token = [this] { return Result<std::string>(token_); };
    surroundings.keep_identity = [](const agent::Identity&) { return Result<void>(); };
    return surroundings;
  }

  SystemClock clock_;
  const std::string token_;
  std::unique_ptr<agent::Channel> channel_;
  agent::Spool spool_{{.max_changes = 1}};
  agent::AgentCore core_{Surroundings(), {}, *channel_, spool_, clock_};
  agent::Observation seen_;
};

void WriteAlertsFile(const Site& site, const std::string& url) {
  ASSERT_TRUE(WriteFile(site.folder() / "am.password", "opensesame\n", FileMode::kPrivate));
  ASSERT_TRUE(
      WriteFile(site.folder() / "alerts.yaml",
                fmt::format("dashboard: https://vdiwatch.example:7444\n"
                            "timings: {{hold: 0s, clear_hold: 0s}}\n"
                            "sinks:\n"
                            "  - name: am\n"
                            "    alertmanager:\n"
                            "      url: {}\n"
                            "      allow_private: true\n"
                            "      resend_every: 10s\n"
                            "      basic_auth: {{user: vdiwatch, password_file: am.password}}\n"
                            "      attributes: [site]\n"
                            "heartbeat: {{sinks: [am]}}\n",
                            url),
                FileMode::kPrivate));
}

TEST(AlertsToAlertmanager, NonPersistentPoolFiresAndSurvivesAKill) {
  Site site(kPools, "alerts_file: alerts.yaml\n");
  server::alert::RealAlertmanager alertmanager(site.folder());
  WriteAlertsFile(site, alertmanager.url());
  site.Serve();
  Desktop desktop(site, site.Token("fin"), 1), idle(site, site.Token("idle"), 2);

  const auto tested = site.Remote({"alert", "test", "am"});
  EXPECT_EQ(tested.exit_code, 0) << tested.err;
  EXPECT_EQ(alertmanager.Firing("VdiwatchTest").size(), 1u);
  EXPECT_TRUE(Eventually([&] { return alertmanager.Firing("VdiwatchHeartbeat").size() == 1; }));

  desktop.CheckIn("persistent");
  EXPECT_TRUE(alertmanager.Firing("NonPersistentPool").empty());
  idle.CheckIn("non_persistent");
  desktop.CheckIn("non_persistent");
  ASSERT_TRUE(Eventually([&] { return alertmanager.Firing("NonPersistentPool").size() == 1; }))
      << site.Log();
  const Json firing = alertmanager.Firing("NonPersistentPool")[0];
  EXPECT_EQ(firing["labels"]["pool"], "fin");  // and none for the pool without Docker
  EXPECT_EQ(firing["labels"]["severity"], "critical");
  EXPECT_EQ(firing["labels"]["rule"], "persistent-desktop");
  EXPECT_EQ(firing["labels"]["attribute_site"], "berlin");
  const std::string why = firing["annotations"]["description"];
  EXPECT_TRUE(why.starts_with("1 of 1 desktop: ")) << why;
  EXPECT_TRUE(firing["annotations"]["dashboard_url"].get<std::string>().starts_with(
      "https://vdiwatch.example:7444/alerts/"))
      << firing;

  // It is told again, also by a daemon that starts anew, and stays the same alert.
  const std::string ends_at = firing["endsAt"];
  EXPECT_EQ(site.End(SIGKILL), 128 + SIGKILL);
  site.Restart();
  EXPECT_TRUE(Eventually([&] {
    const Json now = alertmanager.Firing("NonPersistentPool");
    return now.size() == 1 && now[0]["endsAt"] > ends_at &&
           now[0]["fingerprint"] == firing["fingerprint"];
  }));
  EXPECT_EQ(site.End(SIGTERM), 0);
}

TEST(AlertsToAlertmanager, NonPersistentPoolThatTurnsPersistentResolves) {
  Site site(kPools, "alerts_file: alerts.yaml\n");
  server::alert::RealAlertmanager alertmanager(site.folder());
  WriteAlertsFile(site, alertmanager.url());
  site.Serve();
  Desktop desktop(site, site.Token("fin"), 1);
  desktop.CheckIn("non_persistent");
  ASSERT_TRUE(Eventually([&] { return alertmanager.Firing("NonPersistentPool").size() == 1; }))
      << site.Log();
  desktop.CheckIn("persistent");
  EXPECT_TRUE(Eventually([&] { return alertmanager.Firing("NonPersistentPool").empty(); }))
      << site.RemoteJson({"pool", "show", "fin"}).dump(1);
  const Json deliveries = site.RemoteJson({"alert", "deliveries"})["deliveries"];
  ASSERT_EQ(deliveries.size(), 2u) << deliveries.dump(1);  // nothing was told twice
  EXPECT_EQ(deliveries[0]["kind"], "resolved");
  EXPECT_EQ(deliveries[1]["kind"], "opened");
  EXPECT_EQ(site.End(SIGTERM), 0);
}

}  // namespace
}  // namespace vdiwatch::e2e
