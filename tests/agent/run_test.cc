#include "agent/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "tests/agent/fake_collector.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

const Time kStart = FromUnix(1'795'000'000);

// Lets so many waits pass, ticking the clock by each, and then orders the stop.
class StopAfter : public StopSignal {
 public:
  StopAfter(int waits, ManualClock& clock) : left_(waits), clock_(clock) {}
  bool WaitFor(Seconds span) override {
    if (left_-- == 0) return true;
    clock_.Advance(span);
    return false;
  }

 private:
  int left_;
  ManualClock& clock_;
};

// One channel for many agents' lives.
class Borrowed : public Channel {
 public:
  explicit Borrowed(FakeCollector& collector) : collector_(collector) {}
  Result<HttpReply> Post(std::string_view target, std::string_view body,
                         std::string_view bearer) override {
    return collector_.Post(target, body, bearer);
  }
  void Trust(std::string_view ca_pem) override { collector_.Trust(ca_pem); }
  void Present(std::string_view certificate, std::string_view key) override {
    collector_.Present(certificate, key);
  }
  void Close() override { collector_.Close(); }

 private:
  FakeCollector& collector_;
};

class RunTest : public testing::Test {
 protected:
  Result<std::unique_ptr<ResidentAgent>> Open() {
    AgentConfig config;
    config.collector = {.host = "c.example", .port = 7443};
    config.token = "vdw_enrol_good";
    config.state_dir = config.canary_dir = folder_.path() / "state";
    OwnMachine machine;
    machine.gather = [this] {
      Evidence evidence;
      evidence.os = "windows";
      evidence.collected_at = clock_.Now();
      evidence.items["api:logical_processors"] = NumberReading{processors_};
      return evidence;
    };
    machine.claims = [] {
      RawClaims claims;
      claims.host_name = "fin-001";
      return claims;
    };
    machine.boot_id = [this] { return Result<std::string>(boot_id_); };
    machine.goes_down = [this] { return goes_down_; };
    return ResidentAgent::Open(config, machine, std::make_unique<Borrowed>(collector_), "key",
                               clock_, log_);
  }

  StepResult CheckInOnce() {
    auto agent = Open();
    EXPECT_TRUE(agent) << agent.error().message;
    return (*agent)->CheckInOnce();
  }

  StateDir state() const { return StateDir(folder_.path() / "state"); }

  TempFolder folder_;
  ManualClock clock_{kStart};
  Log log_{Log::Level::kError};
  FakeCollector collector_{clock_};
  std::int64_t processors_ = 4;
  std::string boot_id_ = "boot-a";
  bool goes_down_ = false;
};

TEST_F(RunTest, KeepsItsStateOnDisk) {
  ASSERT_TRUE(CheckInOnce().answer);
  auto identity = state().LoadIdentity();
  ASSERT_TRUE(identity && *identity);
  EXPECT_TRUE((*identity)->enrolled());
  auto status = state().LoadStatus();
  ASSERT_TRUE(status && *status);
  EXPECT_EQ((*status)->grade, "compliant");
  EXPECT_EQ((*status)->pool, "finance");
  EXPECT_EQ((*status)->last_check_in, kStart);
  EXPECT_EQ((*status)->problem, "");
}

TEST_F(RunTest, GoesOnAsTheSameIncarnationAfterARestart) {
  ASSERT_TRUE(CheckInOnce().answer);
  auto before = collector_.check_ins.back().request;
  boot_id_ = "boot-b";
  ASSERT_TRUE(CheckInOnce().answer);
  auto after = collector_.check_ins.back().request;
  EXPECT_EQ(collector_.enrolled.size(), 1u);
  EXPECT_GT(after.sequence, before.sequence);
  EXPECT_EQ(after.canary.id, before.canary.id);
  EXPECT_EQ(after.canary.boots, 2);
}

TEST_F(RunTest, NumbersGoUpEvenWhereTheNewestStatusWasLost) {
  ASSERT_TRUE(CheckInOnce().answer);
  std::int64_t newest = 0;
  for (int life = 0; life < 3; ++life) {
    auto agent = Open();
    Status at_start = **state().LoadStatus();
    ASSERT_TRUE((*agent)->CheckInOnce().answer);
    EXPECT_GT(collector_.check_ins.back().request.sequence, newest);
    newest = collector_.check_ins.back().request.sequence;
    ASSERT_TRUE(state().SaveStatus(at_start));  // a crash lost what the check-in wrote
  }
}

TEST_F(RunTest, ChecksInWhenDueAndSaysNoGoodbyeByItself) {
  auto agent = Open();
  ASSERT_TRUE(agent);
  StopAfter stop(3, clock_);
  (*agent)->Run(stop);
  EXPECT_EQ(collector_.check_ins.size(), 5u) << "four in time, and one more with the facts";
  EXPECT_GE(clock_.Now(), kStart + Seconds(3 * 900));
  EXPECT_FALSE(collector_.check_ins.back().request.goodbye) << "only the service was stopped";
}

TEST_F(RunTest, SaysGoodbyeWhenTheMachineGoesDown) {
  goes_down_ = true;
  auto agent = Open();
  StopAfter stop(0, clock_);
  (*agent)->Run(stop);
  EXPECT_TRUE(collector_.check_ins.back().request.goodbye);
}

TEST_F(RunTest, TellsWhatChangedDuringAnOutageAndARestart) {
  ASSERT_TRUE(CheckInOnce().answer);
  collector_.away = true;
  processors_ = 8;
  StepResult failed = CheckInOnce();
  ASSERT_TRUE(failed.problem);
  EXPECT_EQ((*state().LoadStatus())->spooled, 1);
  EXPECT_EQ((*state().LoadStatus())->problem, failed.problem->message);
  EXPECT_EQ((*state().LoadStatus())->grade, "compliant") << "the last verdict stays visible";
  processors_ = 2;
  CheckInOnce();
  collector_.away = false;
  collector_.check_ins.clear();
  ASSERT_TRUE(CheckInOnce().answer);
  std::vector<std::int64_t> told;
  for (const auto& check_in : collector_.check_ins) {
    if (!check_in.request.facts) continue;
    told.push_back(*FactOf(*check_in.request.facts, "cpu.logical_processors").AsInteger());
  }
  EXPECT_EQ(told, (std::vector<std::int64_t>{8, 2}));
  EXPECT_EQ((*state().LoadStatus())->spooled, 0);
}

TEST_F(RunTest, OneAgentAtATime) {
  auto first = Open();
  ASSERT_TRUE(first);
  auto second = Open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  first->reset();
  EXPECT_TRUE(Open());
}

TEST_F(RunTest, StaysQuietInTheBootInWhichItsImageWasSealed) {
  ASSERT_TRUE(CheckInOnce().answer);
  ASSERT_TRUE(RemoveAll(state().Traces(state().folder())));
  ASSERT_TRUE(state().MarkSealed(boot_id_));
  int posts = collector_.posts;
  EXPECT_TRUE(CheckInOnce().problem);
  EXPECT_EQ(collector_.posts, posts);
  EXPECT_TRUE(state().Traces(state().folder()).empty()) << "and leaves nothing behind";
  boot_id_ = "a clone's first boot";
  EXPECT_TRUE(CheckInOnce().answer);
}

TEST_F(RunTest, SetsABrokenIdentityAsideAndEnrolsAnew) {
  ASSERT_TRUE(CheckInOnce().answer);
  for (const char* garbage : {"garbage", "garbage again"}) {
    std::ofstream(state().folder() / "identity.pem") << garbage;
    ASSERT_TRUE(CheckInOnce().answer);
    EXPECT_EQ(*ReadFile(state().folder() / "identity.pem.broken", 100), garbage);
  }
  EXPECT_EQ(collector_.enrolled.size(), 3u);
  auto traces = state().Traces(state().folder());
  EXPECT_TRUE(std::ranges::count(traces, state().folder() / "identity.pem.broken"))
      << "it may hold a key still";
}

TEST_F(RunTest, AnIdentityThatIsAFolderIsOneClearLine) {
  ASSERT_TRUE(CheckInOnce().answer);
  fs::remove(state().folder() / "identity.pem");
  fs::create_directory(state().folder() / "identity.pem");
  auto agent = Open();
  ASSERT_FALSE(agent);
  EXPECT_NE(agent.error().message.find("identity.pem is not a file: remove it"), std::string::npos);
}

TEST_F(RunTest, WhatACutOffWriteLeftBehindIsATraceAndGoesAtTheNextStart) {
  ASSERT_TRUE(CheckInOnce().answer);
  const fs::path key = state().folder() / "identity.pem.0123456789ab.new";
  const fs::path change = state().spool() / "000000000001.json.0123456789ab.new";
  std::ofstream(key) << "a private key";
  std::ofstream(change) << "{}";
  auto traces = state().Traces(state().folder());
  EXPECT_EQ(std::ranges::count(traces, key), 1);
  ASSERT_TRUE(CheckInOnce().answer);
  EXPECT_FALSE(fs::exists(key));
  EXPECT_FALSE(fs::exists(change));
  std::ofstream(key) << "a private key";
  ASSERT_TRUE(RemoveAll(state().Traces(state().folder())));
  EXPECT_FALSE(fs::exists(key)) << "as seal does";
}

TEST_F(RunTest, AStatusThatWasLostSilencesNobody) {
  ASSERT_TRUE(CheckInOnce().answer);
  ASSERT_TRUE(CheckInOnce().answer);
  fs::remove(state().folder() / "status.json");
  processors_ = 8;
  ASSERT_TRUE(CheckInOnce().answer);
  const auto& told = collector_.check_ins.back().request;
  ASSERT_TRUE(told.facts);
  EXPECT_EQ(FactOf(*told.facts, "cpu.logical_processors").AsInteger(), 8);
}

TEST_F(RunTest, ANumberBeyondAllReasonCountsAsLost) {
  ASSERT_TRUE(CheckInOnce().answer);
  Status status = **state().LoadStatus();
  status.sequence = (std::int64_t{1} << 53) - 10;
  ASSERT_TRUE(state().SaveStatus(status));
  StepResult result = CheckInOnce();
  EXPECT_TRUE(result.answer) << result.problem->message;
}

TEST_F(RunTest, StartsWithoutAStatusItCannotRead) {
  ASSERT_TRUE(CheckInOnce().answer);
  std::ofstream(state().folder() / "status.json") << "garbage";
  EXPECT_TRUE(CheckInOnce().answer);
  EXPECT_EQ(collector_.enrolled.size(), 1u);
}

TEST_F(RunTest, TellsHowFarItsClockIsOff) {
  collector_.clock_offset = Seconds(-7200);
  ASSERT_TRUE(CheckInOnce().answer);
  EXPECT_EQ((*state().LoadStatus())->clock_ahead_s, 7200);
}

TEST(StartDelayTest, SpreadsWhatBootsTogetherAndNothingElse) {
  EXPECT_EQ(StartDelay(Seconds(30), 0.0), Seconds(0));
  EXPECT_EQ(StartDelay(Seconds(30), 0.5), Seconds(60));
  EXPECT_LE(StartDelay(Seconds(599), 0.999), Seconds(120));
  EXPECT_GE(StartDelay(Seconds(599), 0.999), Seconds(119));
  EXPECT_EQ(StartDelay(Seconds(600), 0.999), Seconds(0)) << "long after a boot, it starts at once";
}

}  // namespace
}  // namespace vdiwatch::agent
