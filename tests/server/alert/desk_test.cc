#include "server/alert/desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "base/digest.h"
#include "collector/alert_book.h"
#include "collector/store/open.h"
#include "collector/store/rows.h"
#include "collector/store/store.h"
#include "tests/agent/temp_folder.h"
#include "tests/server/alert/fake_sink.h"

namespace vdiwatch::server::alert {
namespace {

using collector::AlertChange;
using collector::Delivery;
using policy::NoticeKind;
using Outcome = Answer::Outcome;

const Time kStart = FromUnix(1'795'000'000);
constexpr Seconds kHour{3600};

class DeskTest : public testing::Test {
 protected:
  DeskTest() : database_(*collector::OpenSqlite(directory_.path() / "vdiwatch.db")) {}

  std::shared_ptr<Told> Sink(const std::string& name, std::optional<RateSpec> rate = {}) {
    auto told = std::make_shared<Told>();
    config_.sinks.push_back({name, "fake", std::make_unique<FakeSink>(told), rate});
    if (config_.routes.empty()) config_.routes.emplace_back();
    config_.routes[0].sinks.push_back(name);
    return told;
  }
  std::unique_ptr<Desk> NewDesk() {
    return std::make_unique<Desk>(
        DeskParts{*database_.alerts, [this] { return news_; }, [] { return 1.0; }, clock_, log_});
  }
  void Open() {
    desk_ = NewDesk();
    desk_->Adopt(std::move(config_));
  }
  void Turn(Seconds later = Seconds(0)) {
    clock_.Advance(later);
    ASSERT_TRUE(desk_->Turn());
  }

  // An alert of this pool opens now.
  AlertChange Opens(const std::string& pool, const std::string& cause = "hypervisor") {
    const Time now = clock_.Now();
    policy::AlertCause told;
    told.cause = told.rule = cause;
    told.name = "CitrixOnXenPool";
    told.severity = policy::Severity::kCritical;
    told.desktops = 38;
    told.of = 40;
    told.text = "38 of 40 desktops: Xen";
    told.remediation = "Move it.";
    AlertChange change;
    change.alert.id = RandomId();
    change.alert.pool_id = database_.store->EnsurePool(pool)->id;
    change.alert.cause = cause;
    change.alert.course = {now, now, {}, now};
    change.alert.detail =
        collector::AlertDetail({change.alert.pool_id, pool, {{"site", "berlin"}}}, told);
    change.notice = NoticeKind::kOpened;
    Commit(change);
    return change;
  }
  void Resolves(AlertChange change) {
    change.alert.resolved_at = clock_.Now();
    change.notice = NoticeKind::kResolved;
    Commit(change);
  }
  void Commit(const AlertChange& change) {
    const auto done = database_.alerts->CommitAlerts({&change, 1}, clock_.Now());
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t Silence(Seconds lasts) {
    const std::int64_t id = RandomId();
    EXPECT_TRUE(database_.alerts->SaveSilence(
        {id, R"({"pool":"fin*"})", clock_.Now(), clock_.Now() + lasts, "jane", "moving"}));
    return id;
  }
  std::vector<Delivery> Deliveries() { return *database_.alerts->Deliveries({}); }
  std::string StateOf(const std::string& sink) {
    const auto sinks = desk_->Sinks();
    for (const SinkStatus& status : *sinks) {
      if (status.name == sink) return status.state + " " + status.why;
    }
    return "there is none";
  }

  agent::TempFolder directory_;
  collector::Database database_;
  ManualClock clock_{kStart};
  Log log_{Log::Level::kError, {}};
  PolicyNews news_;
  AlertConfig config_;
  std::unique_ptr<Desk> desk_;
};

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
  EXPECT_EQ((*desk_->Sinks())[0].record.dropped, 1);
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

TEST_F(DeskTest, WhatIsSilencedIsToldAtTheEndIfItStillHolds) {
  const auto mail = Sink("mail");
  Open();
  Silence(4 * kHour);
  const AlertChange brief = Opens("finance");
  Opens("finance", "size");
  Opens("sales");
  Turn();
  EXPECT_EQ(mail->Last(), "opened sales hypervisor");
  clock_.Advance(kHour);
  Resolves(brief);
  Turn();
  EXPECT_EQ(mail->messages().size(), 1u);
  Turn(3 * kHour);
  Turn();
  EXPECT_EQ(mail->messages().size(), 2u);
  EXPECT_EQ(mail->Last(), "opened finance size");
  for (const Delivery& delivery : Deliveries()) {
    EXPECT_NE(delivery.state, Delivery::State::kWaiting) << delivery.why;
  }
}

TEST_F(DeskTest, ASilenceThatEndsEarlyReleasesWhatItHeld) {
  const auto mail = Sink("mail");
  Open();
  const std::int64_t silence = Silence(4 * kHour);
  Opens("finance");
  Turn();
  EXPECT_TRUE(mail->messages().empty());
  EXPECT_EQ(Deliveries().at(0).why.find("silenced by "), 0u);
  clock_.Advance(kHour);
  ASSERT_TRUE(database_.alerts->EndSilence(silence, clock_.Now()));
  Turn();
  EXPECT_EQ(mail->Last(), "opened finance hypervisor");
}

TEST_F(DeskTest, ASilenceHoldsAlsoWhatWaitsAlready) {
  const auto mail = Sink("mail");
  mail->answer = [](const Message&) { return Answer{Outcome::kRetry, "no", Seconds(0)}; };
  Open();
  Opens("finance");
  Turn();
  Silence(kHour);
  Turn(Seconds(600));
  EXPECT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(Deliveries().at(0).next_at, kStart + kHour);
}

TEST_F(DeskTest, QuietHoursHoldMessagesUntilTheyEnd) {
  const auto mail = Sink("mail");
  QuietHours always;
  always.days.fill(true);
  always.from = 0;
  always.to = 24 * 60 - 1;
  config_.routes[0].quiet_hours = {always};
  Open();
  Opens("finance");
  Opens("sales");
  Turn();
  EXPECT_TRUE(mail->messages().empty());
  ASSERT_EQ(Deliveries().size(), 1u);
  EXPECT_EQ(Deliveries()[0].why, "quiet hours until " + FormatTime(Deliveries()[0].next_at));
  Turn(Deliveries()[0].next_at - clock_.Now());
  ASSERT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(mail->messages()[0].alerts.size(), 2u) << "in one message";
}

TEST_F(DeskTest, ManyPoolsWithOneCauseAreOneMessage) {
  const auto mail = Sink("mail");
  config_.routes[0].group_for = Seconds(30);
  Open();
  for (int i = 0; i < 3; ++i) Opens("pool-" + std::to_string(i));
  Turn();
  Opens("pool-3");
  Turn(Seconds(20));
  EXPECT_TRUE(mail->messages().empty());
  Turn(Seconds(10));
  ASSERT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(mail->messages()[0].alerts.size(), 4u);
  EXPECT_EQ(mail->messages()[0].common, "4 pools, one cause: hypervisor");
}

TEST_F(DeskTest, APolicyChangeIsOneMessageThatSaysSo) {
  const auto mail = Sink("mail");
  news_ = {kStart, "The policy p 2 came into force"};
  Open();
  Opens("finance");
  Opens("sales", "size");
  Turn();
  ASSERT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(mail->messages()[0].common, "The policy p 2 came into force");
}

TEST_F(DeskTest, KeepsToTheRateOfASink) {
  const auto mail = Sink("mail", RateSpec{2, Seconds(60)});
  Open();
  for (const char* cause : {"a", "b", "c", "d"}) Opens("finance", cause);
  Turn();
  EXPECT_EQ(mail->messages().size(), 2u);
  Turn(Seconds(30));
  EXPECT_EQ(mail->messages().size(), 3u);
  Turn(Seconds(60));
  EXPECT_EQ(mail->messages().size(), 4u);
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
