// The contract of alerts, their outbox and deliveries.

#include <algorithm>

#include "base/digest.h"
#include "collector/store/alert_store.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::NoticeKind;

AlertChange Opened(std::int64_t pool_id, const std::string& cause, Time at = kStart) {
  AlertChange change;
  change.alert = {.id = RandomId(),
                  .pool_id = pool_id,
                  .cause = cause,
                  .course = {.since = at, .opened_at = at, .gone_since = {}, .noticed_at = at},
                  .resolved_at = {},
                  .detail = R"({"text":"38 of 40"})"};
  change.notice = NoticeKind::kOpened;
  return change;
}

Delivery MailAbout(std::int64_t notice) {
  return {.id = RandomId(),
          .sink = "mail",
          .created_at = kStart,
          .next_at = kStart,
          .why = "",
          .notices = {notice}};
}

TEST_P(StoreContract, AnAlertAndItsNoticeComeWithThePoolThatTurned) {
  const std::int64_t pool = PoolId("a");
  PoolChange turned;
  turned.pool_id = pool;
  turned.state.grade = policy::Grade::kNoncompliant;
  turned.state.since = kStart;
  turned.reasons = "[]";
  turned.grade_changed = true;
  const AlertChange opened = Opened(pool, "hypervisor");
  ASSERT_OK(db_.store->CommitPools({&turned, 1}, policy_, {&opened, 1}, kStart));

  const auto open = db_.store->OpenAlerts();
  ASSERT_OK(open);
  ASSERT_EQ(open->size(), 1u);
  EXPECT_EQ(open->at(0).id, opened.alert.id);
  EXPECT_EQ(open->at(0).pool_id, pool);
  EXPECT_EQ(open->at(0).course, opened.alert.course);
  const auto outbox = db_.alerts->Outbox(10);
  ASSERT_OK(outbox);
  ASSERT_EQ(outbox->size(), 1u);
  EXPECT_EQ(outbox->at(0).kind, NoticeKind::kOpened);
  EXPECT_EQ(outbox->at(0).cause, "hypervisor");
  EXPECT_EQ(outbox->at(0).detail, opened.alert.detail);

  // A pool that is not stored takes the alert back with it.
  PoolChange bad = turned;
  bad.pool_id = 4711;
  const AlertChange other = Opened(pool, "size");
  EXPECT_FAILS(db_.store->CommitPools({&bad, 1}, policy_, {&other, 1}, kStart), kConflict);
  EXPECT_EQ(db_.store->OpenAlerts()->size(), 1u);
}

TEST_P(StoreContract, ACauseHasOneOpenAlertAndAnyNumberOfPastOnes) {
  const std::int64_t pool = PoolId("a");
  AlertChange first = Opened(pool, "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&first, 1}, kStart));
  const AlertChange second = Opened(pool, "hypervisor", kStart + kHour);
  EXPECT_FALSE(db_.alerts->CommitAlerts({&second, 1}, kStart));
  first.alert.resolved_at = kStart + kHour;
  first.notice = NoticeKind::kResolved;
  ASSERT_OK(db_.alerts->CommitAlerts({&first, 1}, kStart + kHour));
  EXPECT_OK(db_.alerts->CommitAlerts({&second, 1}, kStart + kHour));
  EXPECT_EQ(db_.store->OpenAlerts()->size(), 1u);
  AlertFilter all{.states = {AlertState::kOpen, AlertState::kResolved}, .pool_id = pool};
  all.limit = 1;
  const auto newest = db_.alerts->Alerts(all);
  ASSERT_EQ(newest->size(), 1u);
  EXPECT_EQ(newest->at(0).id, second.alert.id);
  all.after = {newest->at(0).course.since, newest->at(0).id};
  EXPECT_EQ(db_.alerts->Alerts(all)->at(0).id, first.alert.id);
  EXPECT_EQ(db_.alerts->Alerts({})->size(), 1u);
  EXPECT_EQ(db_.alerts->Alerts({.cause = "size"})->size(), 0u);
  EXPECT_EQ(db_.alerts->FindAlert(first.alert.id)->resolved_at, kStart + kHour);
  EXPECT_FAILS(db_.alerts->FindAlert(4711), kNotFound);
  EXPECT_EQ(db_.alerts->NoticesOf(first.alert.id)->size(), 2u);
  EXPECT_EQ(db_.alerts->Outbox(10)->size(), 3u);
}

TEST_P(StoreContract, AnAlertOfTheFleetHasNoPool) {
  const AlertChange refused = Opened(0, "policy-refused");
  ASSERT_OK(db_.alerts->CommitAlerts({&refused, 1}, kStart));
  EXPECT_EQ(db_.store->OpenAlerts()->at(0).pool_id, 0);
  const AlertChange again = Opened(0, "policy-refused");
  EXPECT_FALSE(db_.alerts->CommitAlerts({&again, 1}, kStart)) << "one, without a pool, too";
}

TEST_P(StoreContract, WhatWaitedInVainLeavesNoTrace) {
  AlertChange waiting = Opened(PoolId("a"), "hypervisor");
  waiting.alert.course.opened_at.reset();
  waiting.notice.reset();
  ASSERT_OK(db_.alerts->CommitAlerts({&waiting, 1}, kStart));
  EXPECT_EQ(db_.store->OpenAlerts()->size(), 1u) << "a restart goes on to wait";
  EXPECT_TRUE(db_.alerts->Alerts({})->empty()) << "nobody is shown it";
  waiting.dropped = true;
  ASSERT_OK(db_.alerts->CommitAlerts({&waiting, 1}, kStart));
  EXPECT_TRUE(db_.store->OpenAlerts()->empty());
  EXPECT_TRUE(db_.alerts->Outbox(10)->empty());
}

TEST_P(StoreContract, ANoticeLeavesTheOutboxForItsDeliveriesOnce) {
  const AlertChange opened = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&opened, 1}, kStart));
  const std::int64_t notice = db_.alerts->Outbox(1)->at(0).id;
  Delivery mail = MailAbout(notice);
  ASSERT_OK(db_.alerts->Route({&notice, 1}, {&mail, 1}));
  EXPECT_TRUE(db_.alerts->Outbox(1)->empty());
  Delivery twice = mail;
  twice.id = RandomId();
  EXPECT_FAILS(db_.alerts->Route({&notice, 1}, {&twice, 1}), kConflict);

  const auto due = db_.alerts->DueDeliveries("mail", kStart, 10);
  ASSERT_OK(due);
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ(due->at(0).id, mail.id);
  EXPECT_EQ(due->at(0).notices, mail.notices);
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart - kHour, 10)->empty());
  EXPECT_EQ(db_.alerts->Notices(due->at(0).notices)->at(0).alert_id, opened.alert.id);
}

TEST_P(StoreContract, EveryAttemptIsLogged) {
  const AlertChange opened = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&opened, 1}, kStart));
  const std::int64_t notice = db_.alerts->Outbox(1)->at(0).id;
  Delivery mail = MailAbout(notice);
  ASSERT_OK(db_.alerts->Route({&notice, 1}, {&mail, 1}));
  mail.attempts = 1;
  mail.next_at = kStart + kHour;
  ASSERT_OK(db_.alerts->Record(mail, {mail.id, kStart, 1200, false, "connection refused"}));
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart, 10)->empty());
  mail.attempts = 2;
  mail.state = Delivery::State::kSent;
  ASSERT_OK(db_.alerts->Record(mail, {mail.id, kStart + kHour, 30, true, "250 ok"}));
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart + 9 * kHour, 10)->empty());
  const auto attempts = db_.alerts->AttemptsOf(mail.id);
  ASSERT_EQ(attempts->size(), 2u);
  EXPECT_EQ(attempts->at(0).answer, "connection refused");
  EXPECT_FALSE(attempts->at(0).delivered);
  EXPECT_EQ(attempts->at(1).took_ms, 30);
  EXPECT_EQ(db_.alerts->Deliveries({})->at(0).state, Delivery::State::kSent);
  EXPECT_TRUE(db_.alerts->Deliveries({.state = Delivery::State::kWaiting})->empty());
  EXPECT_TRUE(db_.alerts->Deliveries({.sink = "pager"})->empty());
  EXPECT_EQ(db_.alerts->FindDelivery(mail.id)->attempts, 2);
  EXPECT_EQ(db_.alerts->DeliveriesAbout(opened.alert.id)->size(), 1u);
  const auto records = db_.alerts->SinkRecords();
  ASSERT_EQ(records->size(), 1u);
  EXPECT_EQ(records->at(0).sent, 1);
  EXPECT_EQ(records->at(0).last_success->answer, "250 ok");
  EXPECT_EQ(records->at(0).last_failure->answer, "connection refused");
  mail.id = 4711;
  EXPECT_FAILS(db_.alerts->Record(mail, {mail.id, kStart, 0, true, ""}), kConflict);
}

// A second daemon's view: what it writes of an alert that has gone on does not count.
TEST_P(StoreContract, WhatAnotherDaemonHasToldIsNotToldAgain) {
  AlertChange alert = Opened(PoolId("a"), "hypervisor");
  alert.alert.course.opened_at.reset();
  alert.notice.reset();
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart));
  alert.alert.course.opened_at = alert.alert.course.noticed_at = kStart + kHour;
  alert.notice = NoticeKind::kOpened;
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart + kHour));
  EXPECT_FAILS(db_.alerts->CommitAlerts({&alert, 1}, kStart + kHour), kConflict);

  AlertChange reminded = alert;
  reminded.alert.course.noticed_at = kStart + 25 * kHour;
  reminded.notice = NoticeKind::kReminded;
  ASSERT_OK(db_.alerts->CommitAlerts({&reminded, 1}, kStart + 25 * kHour + Seconds(3)));
  EXPECT_FAILS(db_.alerts->CommitAlerts({&reminded, 1}, kStart + 25 * kHour + Seconds(9)),
               kConflict);
  AlertChange stale = alert;
  stale.notice.reset();
  EXPECT_FAILS(db_.alerts->CommitAlerts({&stale, 1}, kStart + 26 * kHour), kConflict);

  AlertChange over = reminded;
  over.alert.resolved_at = kStart + 27 * kHour;
  over.notice = NoticeKind::kResolved;
  ASSERT_OK(db_.alerts->CommitAlerts({&over, 1}, kStart + 27 * kHour));
  EXPECT_FAILS(db_.alerts->CommitAlerts({&over, 1}, kStart + 27 * kHour), kConflict);
  EXPECT_EQ(db_.alerts->Outbox(10)->size(), 3u);
}

TEST_P(StoreContract, AMessageWaitsForTheEarlierOneAboutItsAlert) {
  AlertChange alert = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart));
  alert.alert.resolved_at = kStart + kHour;
  alert.notice = NoticeKind::kResolved;
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart + kHour));
  const auto notices = db_.alerts->Outbox(10);
  ASSERT_EQ(notices->size(), 2u);
  const std::vector<std::int64_t> ids{notices->at(0).id, notices->at(1).id};
  std::vector<Delivery> mails{MailAbout(ids[0]), MailAbout(ids[1]), MailAbout(ids[1])};
  mails[2].sink = "pager";
  mails[0].next_at = kStart + 2 * kHour;  // backs off
  ASSERT_OK(db_.alerts->Route(ids, mails));
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart + kHour, 10)->empty());
  EXPECT_EQ(db_.alerts->DueDeliveries("pager", kStart + kHour, 10)->size(), 1u);
  auto first = db_.alerts->DueDeliveries("mail", kStart + 2 * kHour, 10);
  ASSERT_EQ(first->size(), 1u);
  EXPECT_EQ(first->at(0).id, mails[0].id);
  EXPECT_TRUE(db_.alerts->ToldTo("mail", {alert.alert.id})->empty());
  first->at(0).state = Delivery::State::kSent;
  ASSERT_OK(db_.alerts->Save(first->at(0)));
  EXPECT_EQ(db_.alerts->DueDeliveries("mail", kStart + 2 * kHour, 10)->at(0).id, mails[1].id);
  EXPECT_EQ(db_.alerts->ToldTo("mail", {alert.alert.id})->size(), 1u);
  EXPECT_TRUE(db_.alerts->AlertsToldTo("mail")->empty()) << "it is over";
}

TEST_P(StoreContract, ADeliveryIsOneSendersAtATime) {
  const AlertChange opened = Opened(PoolId("a"), "hypervisor");
  const AlertChange more = Opened(PoolId("b"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts(std::vector{opened, more}, kStart));
  const auto outbox = db_.alerts->Outbox(2);
  const std::int64_t first = outbox->at(0).id, second = outbox->at(1).id;
  Delivery mail = MailAbout(first);
  mail.next_at = kStart + kHour;
  ASSERT_OK(db_.alerts->Route({&first, 1}, {&mail, 1}));
  auto held = db_.alerts->HeldDeliveries(kStart);
  ASSERT_EQ(held->size(), 1u);
  const Delivery read = held->at(0);
  held->at(0).notices.push_back(second);
  ASSERT_OK(db_.alerts->Route({&second, 1}, {}, *held));
  EXPECT_EQ(db_.alerts->FindDelivery(mail.id)->notices.size(), 2u);

  const auto ours = db_.alerts->Claim(read, kStart + 2 * kHour);
  ASSERT_OK(ours);
  EXPECT_TRUE(*ours);
  EXPECT_FALSE(*db_.alerts->Claim(read, kStart + 3 * kHour)) << "as it was read";
  const AlertChange third = Opened(PoolId("c"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&third, 1}, kStart));
  const std::int64_t late = db_.alerts->Outbox(1)->at(0).id;
  EXPECT_FAILS(db_.alerts->Route({&late, 1}, {}, {&read, 1}), kConflict);
  EXPECT_EQ(db_.alerts->Outbox(1)->size(), 1u) << "the notice stays in the outbox";
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart + kHour, 5)->empty());
  EXPECT_EQ(db_.alerts->DueDeliveries("mail", kStart + 2 * kHour, 5)->size(), 1u)
      << "whoever claimed it died";
}

TEST_P(StoreContract, ADisabledSinksMessagesWaitUntilItIsEnabled) {
  const AlertChange one = Opened(PoolId("a"), "hypervisor");
  const AlertChange two = Opened(PoolId("b"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts(std::vector{one, two}, kStart));
  const auto outbox = db_.alerts->Outbox(2);
  const std::vector<std::int64_t> ids{outbox->at(0).id, outbox->at(1).id};
  std::vector<Delivery> mails{MailAbout(ids[0]), MailAbout(ids[1]), MailAbout(ids[1])};
  mails[2].sink = "pager";
  ASSERT_OK(db_.alerts->Route(ids, mails));
  EXPECT_FALSE(*db_.alerts->WhyDisabled("mail"));
  ASSERT_OK(db_.alerts->HoldForDisabled("mail", kStart, kStart + 9 * kHour));
  EXPECT_EQ(db_.alerts->DueDeliveries("mail", kStart, 5)->size(), 2u) << "it is not";

  mails[0].why = DisabledBy("410 Gone");
  mails[0].next_at = kStart + 9 * kHour;
  ASSERT_OK(db_.alerts->Record(mails[0], {mails[0].id, kStart, 7, false, "410 Gone"}));
  EXPECT_EQ(*db_.alerts->WhyDisabled("mail"), "410 Gone");
  EXPECT_FALSE(*db_.alerts->WhyDisabled("pager"));
  EXPECT_EQ(db_.alerts->SinkRecords()->at(0).disabled, "410 Gone");
  ASSERT_OK(db_.alerts->HoldForDisabled("mail", kStart, kStart + 9 * kHour));
  EXPECT_TRUE(db_.alerts->DueDeliveries("mail", kStart + kHour, 5)->empty());
  EXPECT_EQ(db_.alerts->FindDelivery(mails[1].id)->why, DisabledBy("410 Gone"));
  EXPECT_EQ(db_.alerts->DueDeliveries("pager", kStart, 5)->size(), 1u);

  ASSERT_OK(db_.alerts->EnableSink("mail", kStart + kHour));
  EXPECT_FALSE(*db_.alerts->WhyDisabled("mail"));
  const auto due = db_.alerts->DueDeliveries("mail", kStart + kHour, 5);
  ASSERT_EQ(due->size(), 2u);
  EXPECT_EQ(due->at(0).why, kHeldWhileDisabled);
}

TEST_P(StoreContract, AHeldMessageTellsOfTheNoticesThatItHasNow) {
  AlertChange alert = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart));
  alert.alert.course.noticed_at = kStart + kHour;
  alert.notice = NoticeKind::kReminded;
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart + kHour));
  const auto outbox = db_.alerts->Outbox(2);
  const std::int64_t first = outbox->at(0).id, second = outbox->at(1).id;
  Delivery mail = MailAbout(first);
  mail.next_at = kStart + 9 * kHour;
  ASSERT_OK(db_.alerts->Route({&first, 1}, {&mail, 1}));
  mail.notices = {second};
  ASSERT_OK(db_.alerts->Route({&second, 1}, {}, {&mail, 1}));
  EXPECT_EQ(db_.alerts->FindDelivery(mail.id)->notices, (std::vector<std::int64_t>{second}));
}

TEST_P(StoreContract, AnEndedSilenceReleasesWhatItHeld) {
  const AlertChange opened = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&opened, 1}, kStart));
  const std::int64_t notice = db_.alerts->Outbox(1)->at(0).id;
  const Silence silence{RandomId(), R"({"pool":"a"})", kStart, kStart + 9 * kHour,
                        "jane",     "moving"};
  ASSERT_OK(db_.alerts->SaveSilence(silence));
  Delivery mail = MailAbout(notice);
  mail.next_at = silence.ends_at;
  mail.why = SilencedBy(silence.id) + " until later";
  ASSERT_OK(db_.alerts->Route({&notice, 1}, {&mail, 1}));
  EXPECT_FAILS(db_.alerts->EndSilence(4711, kStart + kHour), kNotFound);
  const auto ended = db_.alerts->EndSilence(silence.id, kStart + kHour);
  ASSERT_OK(ended);
  EXPECT_EQ(ended->ends_at, kStart + kHour);
  EXPECT_EQ(db_.alerts->DueDeliveries("mail", kStart + kHour, 5)->size(), 1u);
  EXPECT_FAILS(db_.alerts->EndSilence(silence.id, kStart + 2 * kHour), kNotFound);
}

TEST_P(StoreContract, PastAlertsAndTheirMessagesAreForgotten) {
  AlertChange alert = Opened(PoolId("a"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart));
  alert.alert.resolved_at = kStart + kHour;
  alert.notice = NoticeKind::kResolved;
  ASSERT_OK(db_.alerts->CommitAlerts({&alert, 1}, kStart + kHour));
  const AlertChange open = Opened(PoolId("b"), "hypervisor");
  ASSERT_OK(db_.alerts->CommitAlerts({&open, 1}, kStart + kHour));
  std::vector<std::int64_t> ids;
  const auto outbox = db_.alerts->Outbox(10);
  for (const Notice& notice : *outbox) ids.push_back(notice.id);
  std::vector<Delivery> mails{MailAbout(ids[0]), MailAbout(ids[2])};
  mails[0].state = Delivery::State::kSent;
  ASSERT_OK(db_.alerts->Route(ids, mails));
  ASSERT_OK(db_.alerts->SaveSilence({RandomId(), "{}", kStart, kStart + kHour, "jane", "past"}));

  PruneCursor cursor{.now = kStart + 800 * kHour};
  while (!cursor.done) {
    auto next = db_.store->Prune(cursor, kStart + 400 * kHour);
    ASSERT_OK(next);
    cursor = *next;
  }
  EXPECT_FAILS(db_.alerts->FindAlert(alert.alert.id), kNotFound);
  EXPECT_OK(db_.alerts->FindAlert(open.alert.id));
  EXPECT_FAILS(db_.alerts->FindDelivery(mails[0].id), kNotFound);
  EXPECT_EQ(db_.alerts->FindDelivery(mails[1].id)->notices.size(), 1u) << "it still waits";
  EXPECT_TRUE(db_.alerts->SilencesUntil(kStart)->empty());
}

TEST_P(StoreContract, SilencesAreFoundUntilTheyEnd) {
  Silence silence{.id = RandomId(),
                  .matchers = R"({"pool":"a"})",
                  .starts_at = kStart,
                  .ends_at = kStart + kHour,
                  .created_by = "jane",
                  .reason = "moving"};
  ASSERT_OK(db_.alerts->SaveSilence(silence));
  silence.ends_at = kStart + 2 * kHour;
  ASSERT_OK(db_.alerts->SaveSilence(silence));
  const auto found = db_.alerts->SilencesUntil(kStart + kHour);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).reason, "moving");
  EXPECT_TRUE(db_.alerts->SilencesUntil(kStart + 2 * kHour)->empty());
}

}  // namespace
}  // namespace vdiwatch::collector
