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
  AlertFilter all{.resolved = true, .pool_id = pool};
  all.limit = 1;
  const auto newest = db_.alerts->Alerts(all);
  ASSERT_EQ(newest->size(), 1u);
  EXPECT_EQ(newest->at(0).id, second.alert.id);
  all.after = {newest->at(0).course.since, newest->at(0).id};
  EXPECT_EQ(db_.alerts->Alerts(all)->at(0).id, first.alert.id);
  EXPECT_EQ(db_.alerts->Alerts({.resolved = false})->size(), 1u);
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

  const auto due = db_.alerts->DueDeliveries(kStart, 10);
  ASSERT_OK(due);
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ(due->at(0).id, mail.id);
  EXPECT_EQ(due->at(0).notices, mail.notices);
  EXPECT_TRUE(db_.alerts->DueDeliveries(kStart - kHour, 10)->empty());
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
  EXPECT_TRUE(db_.alerts->DueDeliveries(kStart, 10)->empty());
  mail.attempts = 2;
  mail.state = Delivery::State::kSent;
  ASSERT_OK(db_.alerts->Record(mail, {mail.id, kStart + kHour, 30, true, "250 ok"}));
  EXPECT_TRUE(db_.alerts->DueDeliveries(kStart + 9 * kHour, 10)->empty());
  const auto attempts = db_.alerts->AttemptsOf(mail.id);
  ASSERT_EQ(attempts->size(), 2u);
  EXPECT_EQ(attempts->at(0).answer, "connection refused");
  EXPECT_FALSE(attempts->at(0).delivered);
  EXPECT_EQ(attempts->at(1).took_ms, 30);
  EXPECT_EQ(db_.alerts->Deliveries(5)->at(0).state, Delivery::State::kSent);
  mail.id = 4711;
  EXPECT_FAILS(db_.alerts->Record(mail, {mail.id, kStart, 0, true, ""}), kConflict);
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
