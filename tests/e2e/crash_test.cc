#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "collector/store/open.h"
#include "tests/collector/store_invariants.h"
#include "tests/e2e/restless_agent.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

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
void ExpectStored(const Site& site, const std::vector<std::unique_ptr<RestlessAgent>>& agents) {
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

// One site through ten crashes, so that nobody repairs anything between them; agents join as it
// goes on, so that enrolments are among what is acknowledged. Five sites make fifty crashes.
class Crash : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Crash, NothingAcknowledgedIsLost) {
  constexpr int kCrashes = 10;
  const std::uint32_t seed = Seed() + GetParam();
  std::cout << "VDIWATCH_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  Site site;
  site.Serve();
  const std::string token = site.Token("crash");
  std::vector<std::unique_ptr<RestlessAgent>> agents;
  for (int crash = 0; crash < kCrashes; ++crash) {
    SCOPED_TRACE(crash);
    if (crash > 0) site.Restart();
    if (crash < 6 || crash == 9) {
      agents.push_back(
          std::make_unique<RestlessAgent>(site, token, static_cast<int>(agents.size())));
    }
    for (auto& agent : agents) agent->FindAgain(site);
    KillUnderLoad(site, agents, std::uniform_int_distribution<std::int64_t>(1, 60)(random),
                  std::chrono::microseconds(random() % 20'000));
    ExpectStored(site, agents);
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

INSTANTIATE_TEST_SUITE_P(Sites, Crash, testing::Range(0u, 5u));

}  // namespace
}  // namespace vdiwatch::e2e
