#include "collector/alert_book.h"

#include <gtest/gtest.h>

namespace vdiwatch::collector {
namespace {

using policy::AlertCause;
using policy::Holds;
using policy::NoticeKind;

const Time kNoon = FromUnix(1'800'000'000);
constexpr Seconds kMinute{60};
const AlertTimings kTimings{.usual = {.hold = Seconds(0), .clear_hold = 5 * kMinute},
                            .by_cause = {{"coverage-lost", {.hold = 60 * kMinute}}}};

AlertCause Cause(std::string cause, Holds holds = Holds::kYes, std::int64_t desktops = 38) {
  AlertCause made;
  made.cause = std::move(cause);
  made.holds = holds;
  made.desktops = desktops;
  return made;
}

struct Book {
  AlertBook book;
  std::vector<AlertChange> Look(std::int64_t pool, const std::vector<AlertCause>& causes,
                                Seconds after_noon) {
    auto changes = book.Look({pool, "finance", {}}, causes, kTimings, kNoon + after_noon);
    book.Keep(changes);
    return changes;
  }
};

TEST(AlertBook, TellsOfACauseOnceAndOfItsEndOnce) {
  Book book;
  const auto opened = book.Look(1, {Cause("hypervisor")}, Seconds(0));
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].notice, NoticeKind::kOpened);
  EXPECT_EQ(opened[0].alert.pool_id, 1);
  EXPECT_TRUE(book.Look(1, {Cause("hypervisor")}, kMinute).empty()) << "nothing new to store";
  EXPECT_EQ(book.Look(1, {}, 2 * kMinute).size(), 1u) << "gone since";
  EXPECT_TRUE(book.Look(1, {}, 3 * kMinute).empty());
  const auto resolved = book.Look(1, {}, 7 * kMinute);
  ASSERT_EQ(resolved.size(), 1u);
  EXPECT_EQ(resolved[0].notice, NoticeKind::kResolved);
  EXPECT_EQ(resolved[0].alert.id, opened[0].alert.id);
  EXPECT_EQ(resolved[0].alert.resolved_at, kNoon + 7 * kMinute);
  EXPECT_EQ(resolved[0].alert.detail, opened[0].alert.detail) << "what it was about";
  const auto again = book.Look(1, {Cause("hypervisor")}, 8 * kMinute);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_NE(again[0].alert.id, opened[0].alert.id) << "another alert";
}

TEST(AlertBook, PoolsAndCausesAreApart) {
  Book book;
  book.Look(1, {Cause("hypervisor"), Cause("size")}, Seconds(0));
  EXPECT_EQ(book.Look(2, {Cause("hypervisor")}, Seconds(0)).size(), 1u);
  EXPECT_TRUE(book.Look(2, {Cause("hypervisor")}, kMinute).empty());
  EXPECT_TRUE(book.Look(1, {Cause("size"), Cause("hypervisor")}, kMinute).empty());
  const auto changes = book.Look(1, {Cause("size")}, 2 * kMinute);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].alert.cause, "hypervisor");
}

TEST(AlertBook, APoolThatARuleExplainsHasNoSecondAlertWhileThatRuleIsBetweenItsShares) {
  Book book;
  AlertCause rule = Cause("hypervisor");
  rule.rule = "hypervisor";
  book.Look(1, {rule}, Seconds(0));
  rule.holds = Holds::kUnknown;
  const AlertCause pool = Cause(std::string(policy::kPoolNoncompliant));
  EXPECT_TRUE(book.Look(1, {rule, pool}, kMinute).empty());
  // Another pool, where no alert of the rule says it.
  const auto alone = book.Look(2, {rule, pool}, kMinute);
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0].alert.cause, policy::kPoolNoncompliant);
}

TEST(AlertBook, WhatNobodyWasToldLeavesNothing) {
  Book book;
  const auto waiting = book.Look(1, {Cause("coverage-lost")}, Seconds(0));
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_FALSE(waiting[0].notice);
  const auto dropped = book.Look(1, {}, 59 * kMinute);
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_TRUE(dropped[0].dropped);
  EXPECT_TRUE(book.Look(1, {}, 60 * kMinute).empty());
}

TEST(AlertBook, KeepsTheNewestWordsAndDoubtKeepsTheOld) {
  Book book;
  book.Look(1, {Cause("hypervisor")}, Seconds(0));
  const auto more = book.Look(1, {Cause("hypervisor", Holds::kYes, 39)}, kMinute);
  ASSERT_EQ(more.size(), 1u);
  EXPECT_FALSE(more[0].notice);
  EXPECT_NE(more[0].alert.detail.find("39"), std::string::npos);
  EXPECT_TRUE(book.Look(1, {Cause("hypervisor", Holds::kUnknown, 0)}, 2 * kMinute).empty());
}

TEST(AlertBook, GoesOnWhereItWasStored) {
  Book before;
  const auto opened = before.Look(1, {Cause("hypervisor")}, Seconds(0));
  Book after;
  after.book.Load({opened[0].alert});
  EXPECT_TRUE(after.Look(1, {Cause("hypervisor")}, kMinute).empty()) << "a restart repeats nothing";
}

}  // namespace
}  // namespace vdiwatch::collector
