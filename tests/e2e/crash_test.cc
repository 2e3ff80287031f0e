#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "agent/core.h"
#include "agent/transport.h"
#include "base/digest.h"
#include "base/file.h"
#include "collector/store/sqlite_store.h"
#include "tests/collector/store_invariants.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

// A desktop whose state changes with every check-in, so that every check-in must be durable.
class RestlessAgent {
 public:
  RestlessAgent(std::string token, int number) : token_(std::move(token)) {
    seen_.os = "windows";
    seen_.facts["platform.kind"] = Known("vmware");
    seen_.claims.host_name = fmt::format("crash-{}", number);
    seen_.claims.domain = "corp.example";
    seen_.boot_id = Hex(RandomBytes(8));
    seen_.canary = {Hex(RandomBytes(8)), clock_.Now(), 1};
  }

  // Looks for the collector where it listens now; what it knows of itself stays.
  void FindAgain(const Site& site) {
    agent::CoreMemory memory = core_ ? core_->memory() : agent::CoreMemory();
    transport_ = *agent::Transport::Create(
        {.collector = {"127.0.0.1", static_cast<std::uint16_t>(site.agents_port())},
         .ca_pem = *ReadFile(site.ca_file(), 1 << 20)},
        clock_);
    agent::CoreSurroundings surroundings;
    surroundings.token = [this] { return Result<std::string>(token_); };
    surroundings.keep_identity = [](const agent::Identity&) { return Result<void>(); };
    core_ = std::make_unique<agent::AgentCore>(std::move(surroundings), std::move(memory),
                                               *transport_, spool_, clock_);
  }

  const std::string& host() const { return seen_.claims.host_name; }
  std::int64_t told() const { return told_; }
  std::int64_t acknowledged() const { return acknowledged_; }

  // Tells the next state; whether it was acknowledged.
  bool Step() {
    seen_.facts["docker_desktop.instances"] = Known(FactValue(++told_));
    if (!core_->Step(seen_).answer) return false;
    acknowledged_ = told_;
    return true;
  }

 private:
  SystemClock clock_;
  const std::string token_;
  std::unique_ptr<agent::Transport> transport_;
  agent::Spool spool_{{.max_changes = 1}};
  std::unique_ptr<agent::AgentCore> core_;
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
                   std::int64_t kill_after, std::chrono::microseconds and_then) {
  std::atomic<std::int64_t> acknowledged = 0;
  std::vector<std::thread> threads;
  for (auto& agent : agents) {
    threads.emplace_back([&] {
      while (agent->Step()) ++acknowledged;
    });
  }
  EXPECT_TRUE(Eventually([&] { return acknowledged >= kill_after; }));
  std::this_thread::sleep_for(and_then);  // so that it does not always die after an answer
  EXPECT_EQ(site.End(SIGKILL), 128 + SIGKILL);
  for (auto& thread : threads) thread.join();
}

std::uint32_t Seed() {
  const char* given = std::getenv("VDIWATCH_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20261122;
}

// What the store holds of every agent that was ever answered, and what must hold of any store.
void ExpectNothingLost(const Site& site,
                       const std::vector<std::unique_ptr<RestlessAgent>>& agents) {
  const auto file = site.folder() / "data/vdiwatch.db";
  auto store = collector::OpenSqlite(file);
  ASSERT_TRUE(store) << store.error().message;
  for (const auto& agent : agents) {
    if (agent->acknowledged() == 0) continue;
    auto rows = store->reader->DesktopsByHost(agent->host());
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 1u) << agent->host();
    const Fact& stored = FactOf(rows->front().desktop.state, "docker_desktop.instances");
    ASSERT_TRUE(stored.value()) << agent->host();
    const auto instances = std::get<std::int64_t>(*stored.value());
    EXPECT_GE(instances, agent->acknowledged()) << agent->host();
    EXPECT_LE(instances, agent->told()) << agent->host();
  }
  EXPECT_EQ(collector::BrokenInvariants(file), std::vector<std::string>());
}

// One site through all crashes, so that nobody repairs anything between them; agents join as it
// goes on, so that enrolments are among what is acknowledged.
TEST(Crash, NothingAcknowledgedIsLostInFiftyCrashes) {
  constexpr int kCrashes = 50;
  const std::uint32_t seed = Seed();
  std::cout << "VDIWATCH_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  Site site;
  site.Serve();
  const std::string token = site.Token("crash");
  std::vector<std::unique_ptr<RestlessAgent>> agents;
  for (int crash = 0; crash < kCrashes; ++crash) {
    SCOPED_TRACE(crash);
    if (crash > 0) site.Restart();
    if (crash < 6 || crash % 10 == 0) {
      agents.push_back(std::make_unique<RestlessAgent>(token, static_cast<int>(agents.size())));
    }
    for (auto& agent : agents) agent->FindAgain(site);
    KillUnderLoad(site, agents, std::uniform_int_distribution<std::int64_t>(1, 60)(random),
                  std::chrono::microseconds(random() % 20'000));
    ExpectNothingLost(site, agents);
    if (testing::Test::HasFailure()) return;
  }
  site.Serve();
  for (const auto& agent : agents) {
    std::int64_t shown = InstancesOf(site.RemoteJson({"desktop", "show", agent->host()}));
    EXPECT_GE(shown, agent->acknowledged()) << agent->host();
  }
  auto pool = site.RemoteJson({"pool", "list"})["pools"].at(0);
  EXPECT_EQ(pool["desktops"], agents.size());
}

}  // namespace
}  // namespace vdiwatch::e2e
