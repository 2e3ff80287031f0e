#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/file.h"
#include "collector/store/alert_store.h"
#include "collector/store/open.h"
#include "collector/store/rows.h"
#include "tests/e2e/alert/hook_receiver.h"
#include "tests/e2e/restless_agent.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

constexpr int kAgents = 4;
constexpr int kCrashes = 8;

// A RestlessAgent counts up: its pool turns, and turns back, all the time.
std::string FlappingPolicy() {
  std::string lists;  // a list may hold 1000 values
  for (int from = 1; from < 4000; from += 1000) {
    std::string odd;
    for (int i = from; i < from + 1000; i += 2) {
      odd += fmt::format("{}{}", odd.empty() ? "" : ", ", i);
    }
    lists += fmt::format("{}{{docker_desktop.instances: {{not_in: [{}]}}}}",
                         lists.empty() ? "" : ", ", odd);
  }
  return fmt::format(
      "pack: flapping\nversion: \"1\"\nsource: {{title: t, url: https://t.example, as_of: "
      "2026-01-01}}\nrules:\n  - {{id: even, title: An even count, severity: critical, alert: "
      "OddCount, remediation: Count on., require: {{all: [{}]}}}}\n",
      lists);
}

std::string Settings() { return "built_in_pack: false\nalerts_file: alerts.yaml\n"; }

void WriteAlertsFile(const Site& site, const std::string& url) {
  const auto write = [&](const char* name, const std::string& text) {
    ASSERT_TRUE(WriteFile(site.folder() / name, text, FileMode::kPrivate));
  };
  write("hook.secret", "whsec_" + Base64(RandomBytes(32)) + "\n");
  write("alerts.yaml",
        fmt::format("timings: {{hold: 0s, clear_hold: 0s}}\nsinks:\n  - name: hook\n    webhook: "
                    "{{url: \"{}\", allow_private: true, secret_file: hook.secret}}\n",
                    url));
}

// One alert's beginning or end, as the store and the receiver both know it.
using Event = std::tuple<std::string, std::string, std::string>;  // alert, kind, at

std::uint32_t Seed() {
  const char* given = std::getenv("VDIWATCH_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20261126;
}

class AlertCrash : public testing::Test {
 protected:
  // Every 20th message is taken, and its answer lost.
  HookReceiver receiver_{[](std::size_t count) { return count % 20 != 0; }};
  Site site_{FlappingPolicy(), Settings()};
  std::vector<std::unique_ptr<RestlessAgent>> agents_;

  // Kills the daemon once that many messages more have come, and a moment has passed.
  void KillUnderLoad(std::size_t messages, std::chrono::microseconds and_then) {
    std::atomic<bool> ended = false;
    std::vector<std::thread> threads;
    for (auto& agent : agents_) {
      threads.emplace_back([&] {
        while (agent->Step() && !ended) {
          std::this_thread::sleep_for(std::chrono::milliseconds(30));  // not the load is tested
        }
      });
    }
    const std::size_t wanted = receiver_.count() + messages;
    EXPECT_TRUE(Eventually([&] { return receiver_.count() >= wanted; })) << site_.Log();
    std::this_thread::sleep_for(and_then);  // so that it dies anywhere between send and record
    EXPECT_EQ(site_.End(SIGKILL), 128 + SIGKILL);
    ended = true;
    for (auto& thread : threads) thread.join();
  }

  // A message in the hand of a daemon that died is sent again a minute later.
  void AwaitNothingWaits() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3);
    while (std::chrono::steady_clock::now() < deadline) {
      const Json waiting =
          site_.RemoteJson({"alert", "deliveries", "--state", "waiting"})["deliveries"];
      if (waiting.empty()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    ADD_FAILURE() << "messages still wait";
  }

  std::set<Event> Stored() {
    std::set<Event> events;
    auto opened = collector::OpenSqlite(site_.folder() / "data/vdiwatch.db");
    EXPECT_TRUE(opened);
    if (!opened) return events;
    EXPECT_TRUE(opened->alerts->Outbox(10)->empty());
    collector::AlertFilter all;
    all.states = {collector::AlertState::kOpen, collector::AlertState::kResolved};
    all.limit = 100'000;
    const auto alerts = opened->alerts->Alerts(all);
    for (const collector::Alert& alert : *alerts) {
      const auto notices = opened->alerts->NoticesOf(alert.id);
      std::set<policy::NoticeKind> kinds;
      for (const collector::Notice& notice : *notices) {
        EXPECT_TRUE(kinds.insert(notice.kind).second) << "told twice of " << alert.id;
        events.emplace(collector::IdText(alert.id), policy::ToString(notice.kind),
                       FormatTime(notice.at));
      }
      EXPECT_EQ(kinds.contains(policy::NoticeKind::kResolved), alert.resolved_at.has_value());
    }
    return events;
  }
};

TEST_F(AlertCrash, NoAlertIsLostAndNoneIsToldTwice) {
  const std::uint32_t seed = Seed();
  std::cout << "VDIWATCH_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  WriteAlertsFile(site_, receiver_.url());
  site_.Serve();
  for (int i = 0; i < kAgents; ++i) {
    agents_.push_back(
        std::make_unique<RestlessAgent>(site_, site_.Token(fmt::format("pool-{}", i)), i));
  }
  for (int crash = 0; crash < kCrashes; ++crash) {
    SCOPED_TRACE(crash);
    if (crash > 0) site_.Restart();
    for (auto& agent : agents_) agent->FindAgain(site_);
    KillUnderLoad(1 + random() % 6, std::chrono::microseconds(random() % 700'000));
    if (testing::Test::HasFailure()) return;
  }
  site_.Serve();
  AwaitNothingWaits();
  EXPECT_EQ(site_.End(SIGTERM), 0);

  const std::set<Event> stored = Stored();
  std::set<Event> told;
  std::map<Event, std::string> by;   // the message that told it
  std::map<std::string, int> times;  // a message came
  for (const auto& [id, body] : receiver_.received()) {
    ASSERT_FALSE(id.empty());
    ++times[id];
    const std::string kind = body.at("type").get<std::string>().substr(sizeof "alert." - 1);
    for (const Json& alert : body.at("data").at("alerts")) {
      const Event event(alert.at("id"), kind, alert.at("at"));
      told.insert(event);
      EXPECT_EQ(by.try_emplace(event, id).first->second, id) << "told under two ids";
    }
  }
  EXPECT_EQ(told, stored);
  EXPECT_GE(stored.size(), static_cast<std::size_t>(2 * kCrashes));
  const auto repeated =
      std::ranges::count_if(times, [](const auto& one) { return one.second > 1; });
  std::cout << stored.size() << " notices in " << times.size() << " messages, " << repeated
            << " of them sent again under their own ids\n";
}

}  // namespace
}  // namespace vdiwatch::e2e
