#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "tests/e2e/restless_agent.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

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
    SCOPED_TRACE(round);
    ExpectNothingLost(site, agents);
    auto pool = site.RemoteJson({"pool", "list"})["pools"].at(0);
    EXPECT_EQ(pool["desktops"], agents.size());
  }
}

}  // namespace
}  // namespace vdiwatch::e2e
