// That alerts are told: once, in their order, whatever the receivers do.
#include <chrono>
#include <set>
#include <thread>

#include "tests/server/alert/desk_fixture.h"

namespace vdiwatch::server::alert {
namespace {

using collector::AlertChange;
using collector::Delivery;
using Outcome = Answer::Outcome;

TEST_F(DeskTest, TellsOnceWhatIsWrongAndOnceThatItIsOver) {
  const auto mail = Sink("mail");
  config_.dashboard = "https://vdi.example";
  Open();
  EXPECT_EQ(StateOf("mail"), "untried ");
  const AlertChange alert = Opens("finance");
  Turn();
  Turn();
  const auto messages = mail->messages();
  ASSERT_EQ(messages.size(), 1u);
  const AlertLine& line = messages[0].alerts.at(0);
  EXPECT_EQ(messages[0].id, collector::IdText(Deliveries().at(0).id));
  EXPECT_EQ(line.name, "CitrixOnXenPool");
  EXPECT_EQ(line.pool, "finance");
  EXPECT_EQ(line.severity, "critical");
  EXPECT_EQ(line.desktops, 38);
  EXPECT_EQ(line.of, 40);
  EXPECT_EQ(line.text, "38 of 40 desktops: Xen");
  EXPECT_EQ(line.remediation, "Move it.");
  EXPECT_EQ(line.attributes.at("site"), "berlin");
  EXPECT_EQ(line.since, kStart);
  EXPECT_EQ(line.url, "https://vdi.example/alerts/" + collector::IdText(alert.alert.id));
  clock_.Advance(kHour);
  Resolves(alert);
  Turn();
  EXPECT_EQ(mail->messages().size(), 2u);
  EXPECT_EQ(mail->Last(), "resolved finance hypervisor");
  EXPECT_EQ(StateOf("mail"), "working ");
}

TEST_F(DeskTest, TriesAgainEverLaterAndGivesUpInTheEnd) {
  const auto mail = Sink("mail");
  mail->answer = [](const Message&) { return Answer{Outcome::kRetry, "refused", Seconds(0)}; };
  Open();
  Opens("finance");
  Turn();
  EXPECT_EQ(mail->messages().size(), 1u);
  Turn(Seconds(4));
  EXPECT_EQ(mail->messages().size(), 1u);
  Turn(Seconds(1));
  EXPECT_EQ(mail->messages().size(), 2u);
  EXPECT_EQ(StateOf("mail"), "failing refused");
  EXPECT_EQ(Deliveries().at(0).next_at, clock_.Now() + Seconds(10));
  for (int i = 0; i < 100 && Deliveries().at(0).state == Delivery::State::kWaiting; ++i) {
    Turn(Deliveries().at(0).next_at - clock_.Now());
  }
  EXPECT_EQ(Deliveries().at(0).state, Delivery::State::kFailed);
  EXPECT_EQ(Deliveries().at(0).why, "given up after 1d: refused");
  EXPECT_NEAR(static_cast<double>((clock_.Now() - kStart).count()), 86'400, 3600);
  std::set<std::string> ids;
  for (const Message& message : mail->messages()) ids.insert(message.id);
  EXPECT_EQ(ids.size(), 1u) << "the receiver knows it by its id";
  const auto log = database_.alerts->AttemptsOf(Deliveries().at(0).id);
  EXPECT_EQ(log->size(), mail->messages().size());
  EXPECT_EQ((*desk_->Sinks())[0].record.failed, 1);
}

TEST_F(DeskTest, AReplayIsTheSameMessageAndBeginsAnew) {
  const auto mail = Sink("mail");
  mail->answer = [](const Message&) { return Answer{Outcome::kRejected, "550 no", Seconds(0)}; };
  Open();
  Opens("finance");
  Turn();
  const Delivery failed = Deliveries().at(0);
  EXPECT_EQ(failed.state, Delivery::State::kFailed);
  EXPECT_EQ(failed.why, "refused: 550 no");
  mail->answer = Told().answer;
  clock_.Advance(100 * kHour);
  ASSERT_TRUE(desk_->Replay(failed.id));
  EXPECT_EQ(desk_->Replay(failed.id).error().kind, ErrorKind::kConflict) << "it waits";
  Turn();
  EXPECT_EQ(Deliveries().at(0).state, Delivery::State::kSent);
  EXPECT_EQ(mail->messages()[0].id, mail->messages()[1].id);
  EXPECT_EQ(desk_->Replay(4711).error().kind, ErrorKind::kNotFound);
}

TEST_F(DeskTest, HeedsHowLongTheReceiverWantsToBeLeftAlone) {
  const auto hook = Sink("hook");
  hook->answer = [](const Message&) { return Answer{Outcome::kRetry, "429", Seconds(300)}; };
  Open();
  Opens("finance");
  Opens("sales", "size");
  Turn();
  EXPECT_EQ(hook->messages().size(), 1u) << "the other one is not thrown at it";
  Turn(Seconds(299));
  EXPECT_EQ(hook->messages().size(), 1u);
  hook->answer = Told().answer;
  Turn(Seconds(1));
  EXPECT_EQ(hook->messages().size(), 3u);
}

TEST_F(DeskTest, AsksNoMoreOfAReceiverThatIsGone) {
  const auto hook = Sink("hook");
  hook->answer = [](const Message&) { return Answer{Outcome::kGone, "410 Gone", Seconds(0)}; };
  Open();
  Opens("finance");
  Opens("sales", "size");
  Turn();
  EXPECT_EQ(hook->messages().size(), 1u);
  EXPECT_EQ(StateOf("hook"), "disabled 410 Gone");
  Turn();
  EXPECT_EQ(hook->messages().size(), 1u);
  EXPECT_EQ((*desk_->Sinks())[0].record.waiting, 2);
  hook->answer = Told().answer;
  const auto tried = desk_->Test("hook");
  ASSERT_TRUE(tried);
  EXPECT_TRUE(tried->delivered);
  EXPECT_TRUE(hook->messages().back().test);
  EXPECT_NE(StateOf("hook").substr(0, 8), "disabled");
  EXPECT_EQ(desk_->Test("nobody").error().kind, ErrorKind::kNotFound);
}

TEST_F(DeskTest, TheEndIsNotToldBeforeTheBeginning) {
  const auto pager = Sink("pager");
  pager->answer = [](const Message&) { return Answer{Outcome::kRetry, "no", Seconds(0)}; };
  Open();
  const AlertChange alert = Opens("finance");
  Turn();
  clock_.Advance(Seconds(1));
  Resolves(alert);
  pager->answer = Told().answer;
  Turn(Seconds(1));
  EXPECT_EQ(pager->messages().size(), 1u) << "the first still backs off";
  Turn(Seconds(60));
  Turn();
  EXPECT_EQ(pager->messages().size(), 3u);
  EXPECT_EQ(pager->Last(), "resolved finance hypervisor");
}

TEST_F(DeskTest, TellsAReceiverThatForgetsWhatItKnowsToBeOpen) {
  const auto am = Sink("am");
  am->refresh_every = Seconds(60);
  config_.heartbeat = Heartbeat{{"am"}, Seconds(300)};
  Open();
  const AlertChange alert = Opens("finance");
  Turn();
  Turn(Seconds(60));
  const auto refreshes = am->refreshes();
  ASSERT_EQ(refreshes.size(), 2u);
  EXPECT_EQ(refreshes[1].size(), 2u);
  EXPECT_EQ(refreshes[1][0].pool, "finance");
  EXPECT_EQ(refreshes[1][1].name, "VdiwatchHeartbeat");
  EXPECT_TRUE((*desk_->Sinks())[0].heartbeat->delivered);
  Resolves(alert);
  Turn(Seconds(60));
  EXPECT_EQ(am->refreshes().back().size(), 1u);
}

TEST_F(DeskTest, BeatsWhileItWorks) {
  const auto hook = Sink("hook");
  config_.heartbeat = Heartbeat{{"hook"}, Seconds(300)};
  Open();
  Turn();
  Turn(Seconds(299));
  EXPECT_EQ(hook->messages().size(), 1u);
  EXPECT_EQ(hook->messages()[0].alerts.at(0).name, "VdiwatchHeartbeat");
  Turn(Seconds(1));
  ASSERT_EQ(hook->messages().size(), 2u);
  EXPECT_NE(hook->messages()[0].id, hook->messages()[1].id);
  EXPECT_TRUE(Deliveries().empty());
}

TEST_F(DeskTest, AnotherConfigurationGoesOnWithWhatWaits) {
  const auto old = Sink("mail");
  old->answer = [](const Message&) { return Answer{Outcome::kRetry, "no", Seconds(0)}; };
  Open();
  Opens("finance");
  Turn();
  const auto mended = Sink("mail");
  config_.sinks.erase(config_.sinks.begin(), config_.sinks.end() - 1);
  config_.routes.assign(1, RouteSpec());
  config_.routes[0].sinks = {"mail"};
  desk_->Adopt(std::move(config_));
  Turn(Seconds(60));
  EXPECT_EQ(mended->Last(), "opened finance hypervisor");
}

TEST_F(DeskTest, WhatWaitsForASinkThatIsGoneFromTheFileIsDroppedInTheEnd) {
  const auto mail = Sink("mail");
  mail->answer = [](const Message&) { return Answer{Outcome::kRetry, "no", Seconds(0)}; };
  Open();
  Opens("finance");
  Turn();
  desk_->Adopt(AlertConfig());
  Turn(kHour);
  EXPECT_EQ(Deliveries().at(0).state, Delivery::State::kWaiting);
  Turn(24 * kHour);
  EXPECT_EQ(Deliveries().at(0).why, "its sink is not configured any more");
}

TEST_F(DeskTest, ANewSinkIsToldOfWhatIsOpen) {
  Open();
  const AlertChange over = Opens("sales");
  Opens("finance");
  Turn();
  Resolves(over);
  Turn();
  const auto mail = Sink("mail");
  const auto told = Sink("told");
  desk_->Adopt(std::move(config_));
  Turn();
  EXPECT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(mail->Last(), "opened finance hypervisor");
  EXPECT_EQ(told->messages().size(), 1u);
  config_ = AlertConfig();
  const auto again = Sink("mail");
  desk_->Adopt(std::move(config_));
  Opens("sales", "size");
  Turn();
  EXPECT_EQ(again->messages().size(), 1u) << "it knows the others";
  EXPECT_EQ(again->Last(), "opened sales size");
}

TEST_F(DeskTest, NothingLeavesTheOutboxBeforeItIsKnownWhoIsToBeTold) {
  desk_ = NewDesk();
  Opens("finance");
  Turn();
  EXPECT_EQ(database_.alerts->Outbox(10)->size(), 1u);
  const auto mail = Sink("mail");
  desk_->Adopt(std::move(config_));
  Turn();
  EXPECT_EQ(mail->messages().size(), 1u);
}

// Two daemons on one store, their threads at full speed.
TEST_F(DeskTest, TwoDesksOnOneStoreSendEachMessageOnce) {
  constexpr int kPools = 60;
  const auto told = std::make_shared<Told>();
  std::vector<std::unique_ptr<Desk>> desks;
  for (int i = 0; i < 2; ++i) {
    AlertConfig config;
    config.sinks.push_back({"mail", "fake", std::make_unique<FakeSink>(told), {}});
    config.routes.emplace_back().sinks = {"mail"};
    desks.push_back(NewDesk());
    desks.back()->Adopt(std::move(config));
  }
  std::vector<std::thread> threads;
  for (const auto& desk : desks) {
    threads.emplace_back([&desk] {
      for (int i = 0; i < 100; ++i) EXPECT_TRUE(desk->Turn());
    });
  }
  for (int i = 0; i < kPools; ++i) Opens("pool-" + std::to_string(i));
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(desks[0]->Turn());
  std::multiset<std::string> alerts;
  std::set<std::string> ids;
  for (const Message& message : told->messages()) {
    EXPECT_TRUE(ids.insert(message.id).second) << "twice";
    for (const AlertLine& line : message.alerts) alerts.insert(line.id);
  }
  EXPECT_EQ(alerts.size(), static_cast<std::size_t>(kPools));
  EXPECT_EQ(std::set(alerts.begin(), alerts.end()).size(), alerts.size());
}

TEST_F(DeskTest, ItsThreadsSendByThemselves) {
  const auto mail = Sink("mail");
  Open();
  desk_->Start();
  Opens("finance");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (mail->messages().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(mail->Last(), "opened finance hypervisor");
}

}  // namespace
}  // namespace vdiwatch::server::alert
