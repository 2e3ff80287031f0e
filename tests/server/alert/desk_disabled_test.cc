// What becomes of alerts while a receiver asks to be left alone.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/digest.h"
#include "base/file.h"
#include "server/alert/sink_webhook.h"
#include "tests/server/alert/desk_fixture.h"
#include "tests/server/alert/plain_server.h"

namespace vdiwatch::server::alert {
namespace {

using collector::AlertChange;
using collector::Delivery;
using Outcome = Answer::Outcome;

Answer Gone(const Message&) { return {Outcome::kGone, "410 Gone", Seconds(0)}; }

// All that a sink was told since, sorted: "opened finance".
std::vector<std::string> Since(const Told& told, std::size_t first) {
  std::vector<std::string> lines;
  const auto messages = told.messages();
  for (std::size_t i = first; i < messages.size(); ++i) {
    if (messages[i].test) continue;
    for (const AlertLine& line : messages[i].alerts) {
      lines.push_back(fmt::format("{} {}", policy::ToString(line.kind), line.pool));
    }
  }
  std::ranges::sort(lines);
  return lines;
}
using Lines = std::vector<std::string>;

TEST_F(DeskTest, WhatHappensWhileASinkIsDisabledIsToldOnceItIsEnabled) {
  const auto hook = Sink("hook");
  Open();
  const AlertChange known = Opens("known");
  const AlertChange lasting = Opens("lasting", "size");
  Turn();
  hook->answer = Gone;
  Opens("first", "a");
  Turn(kHour);
  EXPECT_EQ(StateOf("hook"), "disabled 410 Gone");
  const std::size_t asked = hook->messages().size();
  Opens("second", "b");
  const AlertChange brief = Opens("brief", "c");
  Resolves(known);
  Turn(kHour);
  Resolves(brief);
  Turn(50 * kHour);
  EXPECT_EQ(hook->messages().size(), asked) << "it asked to be left alone";
  EXPECT_EQ((*desk_->Sinks())[0].record.dropped, 0);
  EXPECT_EQ((*desk_->Sinks())[0].record.failed, 0);
  hook->answer = Told().answer;
  ASSERT_TRUE(desk_->Test("hook")->delivered);
  Turn();
  Turn();
  EXPECT_EQ(Since(*hook, asked), (Lines{"opened first", "opened second", "resolved known"}));
  for (const Delivery& delivery : Deliveries()) {
    EXPECT_NE(delivery.state, Delivery::State::kWaiting) << delivery.why;
  }
  EXPECT_EQ(StateOf("hook"), "working ");
  Resolves(lasting);
  Turn();
  EXPECT_EQ(hook->Last(), "resolved lasting size");
}

TEST_F(DeskTest, ARestartLeavesASinkDisabledAndAnotherConfigurationEnablesIt) {
  const auto hook = Sink("hook");
  hook->answer = Gone;
  Open();
  Opens("finance");
  Turn();
  const auto again = Sink("hook");
  config_.sinks.erase(config_.sinks.begin(), config_.sinks.end() - 1);
  config_.routes.assign(1, RouteSpec());
  config_.routes[0].sinks = {"hook"};
  Open();
  Opens("sales", "size");
  Turn(kHour);
  EXPECT_TRUE(again->messages().empty());
  EXPECT_EQ(StateOf("hook"), "disabled 410 Gone");

  config_ = AlertConfig();
  const auto mended = Sink("hook");
  desk_->Adopt(std::move(config_));
  Turn();
  EXPECT_EQ(Since(*mended, 0), (Lines{"opened finance", "opened sales"}));
}

TEST_F(DeskTest, AReplayEnablesASinkAndATestThatFailsDoesNot) {
  const auto hook = Sink("hook");
  hook->answer = Gone;
  Open();
  Opens("finance");
  Turn();
  EXPECT_FALSE(desk_->Test("hook")->delivered);
  EXPECT_EQ(StateOf("hook"), "disabled 410 Gone");
  hook->answer = Told().answer;
  ASSERT_TRUE(desk_->Replay(Deliveries().at(0).id));
  Turn();
  EXPECT_EQ(Deliveries().at(0).state, Delivery::State::kSent);
  EXPECT_EQ(StateOf("hook"), "working ");
}

TEST_F(DeskTest, ATestThatFailsShowsInTheSinksState) {
  const auto hook = Sink("hook");
  Open();
  Opens("finance");
  Turn();
  hook->answer = [](const Message&) { return Answer{Outcome::kRetry, "503", Seconds(0)}; };
  clock_.Advance(kHour);
  EXPECT_FALSE(desk_->Test("hook")->delivered);
  EXPECT_EQ(StateOf("hook"), "failing test: 503");
  const auto sinks = desk_->Sinks();
  EXPECT_EQ(sinks->at(0).record.last_failure->answer, "test: 503");
  hook->answer = Told().answer;
  clock_.Advance(kHour);
  EXPECT_TRUE(desk_->Test("hook")->delivered);
  EXPECT_EQ(StateOf("hook"), "working ");
}

TEST_F(DeskTest, AnotherConfigurationKeepsWhatIsKnownOfASink) {
  const auto hook = Sink("hook");
  hook->answer = [](const Message&) { return Answer{Outcome::kRetry, "503", Seconds(0)}; };
  Open();
  EXPECT_FALSE(desk_->Test("hook")->delivered);
  const auto adopt = [this](const std::string& kind) {
    config_ = AlertConfig();
    Sink("hook");
    Sink("other");
    config_.sinks[0].kind = kind;
    desk_->Adopt(std::move(config_));
  };
  adopt("fake");
  EXPECT_EQ(StateOf("hook"), "failing test: 503");
  EXPECT_EQ(StateOf("other"), "untried ");
  clock_.Advance(kHour);
  EXPECT_TRUE(desk_->Test("hook")->delivered);
  adopt("fake");
  EXPECT_EQ(StateOf("hook"), "working ");
  EXPECT_EQ((*desk_->Sinks())[0].last_good, kStart + kHour);
  adopt("another");
  EXPECT_EQ(StateOf("hook"), "untried ") << "of another kind it is another sink";
}

// The same over HTTP, to a server on loopback.
TEST_F(DeskTest, AWebhookThatAnswers410IsToldAllOnceItAnswersAgain) {
  std::atomic<bool> gone = false;
  PlainServer server({[&gone](const std::string&, int piece) {
    if (piece > 0) return std::string();
    return HttpAnswerText(gone ? "410 Gone" : "204 No Content", "", "");
  }});
  ASSERT_TRUE(WriteFile(directory_.path() / "hook.secret",
                        "whsec_" + Base64(RandomBytes(32)) + "\n", FileMode::kPrivate));
  constexpr SinkKind kKinds[] = {{"webhook", &ReadWebhookSink}};
  auto config = ParseAlertConfig(
      fmt::format("sinks:\n  - name: hook\n    webhook: {{url: 'http://127.0.0.1:{}/', "
                  "allow_private: true, secret_file: hook.secret}}\n",
                  server.port()),
      directory_.path() / "alerts.yaml", clock_, kKinds);
  ASSERT_TRUE(config) << config.error().message;
  desk_ = NewDesk();
  desk_->Adopt(*std::move(config));
  const AlertChange known = Opens("known");
  Turn();
  EXPECT_EQ(server.requests(), 1);
  gone = true;
  Opens("finance", "a");
  Turn();
  EXPECT_EQ(server.requests(), 2);
  Opens("sales", "b");
  Resolves(known);
  Turn(kHour);
  EXPECT_EQ(server.requests(), 2);
  gone = false;
  ASSERT_TRUE(desk_->Test("hook")->delivered);
  Turn();
  Turn();
  EXPECT_EQ(server.requests(), 6) << "a test, two beginnings and an end";
  const auto sinks = desk_->Sinks();
  EXPECT_EQ(sinks->at(0).state, "working");
  EXPECT_EQ(sinks->at(0).record.sent, 4);
  EXPECT_EQ(sinks->at(0).record.waiting, 0);
}

}  // namespace
}  // namespace vdiwatch::server::alert
