#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "agent/core.h"
#include "agent/transport.h"
#include "base/digest.h"
#include "base/file.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

// A desktop whose state changes with every check-in, so that every check-in must be durable.
class RestlessAgent {
 public:
  RestlessAgent(const Site& site, std::string token, int number)
      : transport_(*agent::Transport::Create(
            {.collector = {"127.0.0.1", static_cast<std::uint16_t>(site.agents_port())},
             .ca_pem = *ReadFile(site.ca_file(), 1 << 20)},
            clock_)),
        core_({.token = [token = std::move(token)]() -> Result<std::string> { return token; },
               .keep_identity = [](const agent::Identity&) -> Result<void> { return {}; }},
              {}, *transport_, spool_, clock_) {
    seen_.os = "windows";
    seen_.facts["platform.kind"] = Known("vmware");
    seen_.claims.host_name = fmt::format("crash-{}", number);
    seen_.claims.domain = "corp.example";
    seen_.boot_id = Hex(RandomBytes(8));
    seen_.canary = {Hex(RandomBytes(8)), clock_.Now(), 1};
  }

  const std::string& host() const { return seen_.claims.host_name; }
  std::int64_t told() const { return told_; }
  std::int64_t acknowledged() const { return acknowledged_; }

  // Tells the next state; whether it was acknowledged.
  bool Step() {
    seen_.facts["docker_desktop.instances"] = Known(FactValue(++told_));
    if (!core_.Step(seen_).answer) return false;
    acknowledged_ = told_;
    return true;
  }

 private:
  SystemClock clock_;
  std::unique_ptr<agent::Transport> transport_;
  agent::Spool spool_{{.max_changes = 1}};
  agent::AgentCore core_;
  agent::Observation seen_;
  std::int64_t told_ = 0;
  std::int64_t acknowledged_ = 0;
};

std::int64_t InstancesOf(const Json& desktop) {
  for (const auto& fact : desktop["facts"]) {
    if (fact["key"] == "docker_desktop.instances") return fact["value"];
  }
  return 0;
}

// Lets every agent change its state as fast as it can, and kills the daemon among it.
void KillUnderLoad(Site& site, std::vector<std::unique_ptr<RestlessAgent>>& agents,
                   std::int64_t kill_after) {
  std::atomic<std::int64_t> acknowledged = 0;
  std::vector<std::thread> threads;
  for (auto& agent : agents) {
    threads.emplace_back([&] {
      while (agent->Step()) ++acknowledged;
    });
  }
  EXPECT_TRUE(Eventually([&] { return acknowledged >= kill_after; }));
  EXPECT_EQ(site.End(SIGKILL), 128 + SIGKILL);
  for (auto& thread : threads) thread.join();
}

TEST(Crash, NothingAcknowledgedIsLost) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 4; ++round) {
    Site site;
    site.Serve();
    const std::string token = site.Token("crash");
    std::vector<std::unique_ptr<RestlessAgent>> agents;
    for (int number = 0; number < 6; ++number) {
      agents.push_back(std::make_unique<RestlessAgent>(site, token, number));
    }
    KillUnderLoad(site, agents, std::uniform_int_distribution<std::int64_t>(30, 200)(random));

    site.Serve();
    for (const auto& agent : agents) {
      if (agent->acknowledged() == 0) continue;
      std::int64_t stored = InstancesOf(site.RemoteJson({"desktop", "show", agent->host()}));
      EXPECT_GE(stored, agent->acknowledged()) << agent->host() << " in round " << round;
      EXPECT_LE(stored, agent->told()) << agent->host() << " in round " << round;
    }
    auto pool = site.RemoteJson({"pool", "list"})["pools"].at(0);
    EXPECT_EQ(pool["desktops"], agents.size());
  }
}

}  // namespace
}  // namespace vdiwatch::e2e
