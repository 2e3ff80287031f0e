// What is held back, and what is told together.
#include "tests/server/alert/desk_fixture.h"

namespace vdiwatch::server::alert {
namespace {

using collector::AlertChange;
using collector::Delivery;
using Outcome = Answer::Outcome;

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

TEST_F(DeskTest, RemindersThatAreHeldBackAreOneAndTheNewest) {
  const auto mail = Sink("mail");
  Open();
  AlertChange finance = Opens("finance");
  AlertChange fin2 = Opens("fin2");
  Turn();
  Silence(100 * kHour);
  for (int day = 0; day < 3; ++day) {
    clock_.Advance(24 * kHour);
    Reminds(finance);
    Reminds(fin2);
    Turn();
  }
  EXPECT_EQ(mail->messages().size(), 1u);
  Turn(28 * kHour);
  Turn();
  ASSERT_EQ(mail->messages().size(), 2u);
  const Message told = mail->messages()[1];
  EXPECT_EQ(mail->Last(), "reminded finance hypervisor, reminded fin2 hypervisor");
  EXPECT_EQ(told.alerts[0].at, kStart + 72 * kHour) << "the newest";
  EXPECT_EQ(told.common, "2 pools, one cause: hypervisor");
}

TEST_F(DeskTest, NobodyIsRemindedOfWhatIsNotToldYetOrIsOver) {
  const auto mail = Sink("mail");
  Open();
  Silence(50 * kHour);
  AlertChange held = Opens("finance");
  Turn();
  clock_.Advance(24 * kHour);
  Reminds(held);
  Turn();
  EXPECT_EQ(Deliveries().size(), 1u);
  Turn(26 * kHour);
  EXPECT_EQ(mail->messages().size(), 1u);
  EXPECT_EQ(mail->Last(), "opened finance hypervisor");
  Silence(50 * kHour);
  clock_.Advance(kHour);
  Reminds(held);
  Turn();
  Resolves(held);
  Turn();
  Turn(50 * kHour);
  Turn();
  EXPECT_EQ(mail->messages().size(), 2u);
  EXPECT_EQ(mail->Last(), "resolved finance hypervisor");
}

TEST_F(DeskTest, OneBadPoolIsOneMessage) {
  const auto mail = Sink("mail");
  config_.routes[0].group_for = Seconds(30);
  Open();
  for (const char* cause : {"hypervisor", "nested", "wsl", "citrix-on-xen"}) Opens("xen", cause);
  Opens("other", "size");
  Turn();
  Opens("xen-2", "wsl");
  Turn(Seconds(20));
  Turn(Seconds(10));
  ASSERT_EQ(mail->messages().size(), 2u);
  EXPECT_EQ(mail->messages()[0].alerts.size() + mail->messages()[1].alerts.size(), 6u);
  EXPECT_EQ(std::max(mail->messages()[0].alerts.size(), mail->messages()[1].alerts.size()), 5u);
}

TEST_F(DeskTest, WhatIsOverWhenASilenceEndsEarlyWasNeverTold) {
  const auto mail = Sink("mail");
  Open();
  const std::int64_t silence = Silence(4 * kHour);
  const AlertChange over = Opens("finance");
  Turn();
  Resolves(over);
  Turn(kHour);
  ASSERT_TRUE(database_.alerts->EndSilence(silence, clock_.Now()));
  Turn();
  Turn();
  EXPECT_TRUE(mail->messages().empty()) << mail->Last();
}

TEST_F(DeskTest, WhatIsOverWhenQuietHoursEndWasNeverTold) {
  const auto mail = Sink("mail");
  QuietHours night;
  night.days.fill(true);
  night.from = 22 * 60;
  night.to = 6 * 60;
  config_.routes[0].quiet_hours = {night};
  Open();
  clock_.Set(*ParseTime("2026-11-25T23:00:00Z"));
  const AlertChange brief = Opens("finance");
  Opens("sales", "size");
  Turn();
  Turn(Seconds(10));
  Resolves(brief);
  Turn();
  EXPECT_TRUE(mail->messages().empty());
  Turn(7 * kHour);
  Turn();
  ASSERT_EQ(mail->messages().size(), 1u) << mail->Last();
  EXPECT_EQ(mail->Last(), "opened sales size");
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
  for (const char* name : {"a", "b", "c", "d"}) Opens(name, name);
  Turn();
  EXPECT_EQ(mail->messages().size(), 2u);
  Turn(Seconds(30));
  EXPECT_EQ(mail->messages().size(), 3u);
  Turn(Seconds(60));
  EXPECT_EQ(mail->messages().size(), 4u);
}

}  // namespace
}  // namespace vdiwatch::server::alert
