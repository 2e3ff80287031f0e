#include "policy/alert_course.h"

#include <gtest/gtest.h>

#include "tests/policy/random.h"

namespace vdiwatch::policy {
namespace {

const Time kNoon = FromUnix(1'800'000'000);
constexpr Seconds kMinute{60}, kHour{3600};
constexpr AlertTiming kTiming{
    .hold = 10 * kMinute, .clear_hold = 5 * kMinute, .remind_every = 24 * kHour};

// Looks at a cause again and again, and keeps what comes of it.
struct Watched {
  AlertTiming timing = kTiming;
  std::optional<AlertCourse> course;
  std::optional<NoticeKind> Look(Holds holds, Seconds after_noon) {
    AlertStep step = Advance(course, holds, timing, kNoon + after_noon);
    course = step.course;
    return step.notice;
  }
};

TEST(AlertCourse, OpensOnceItsCauseHasLasted) {
  Watched alert;
  EXPECT_FALSE(alert.Look(Holds::kYes, Seconds(0)));
  EXPECT_FALSE(alert.Look(Holds::kYes, 9 * kMinute));
  EXPECT_EQ(alert.Look(Holds::kYes, 10 * kMinute), NoticeKind::kOpened);
  EXPECT_FALSE(alert.Look(Holds::kYes, 11 * kMinute));
  EXPECT_EQ(alert.course->since, kNoon) << "it began when it was first seen";
}

TEST(AlertCourse, AtOnceWhereNothingIsToBeWaitedFor) {
  Watched alert{.timing = {.hold = Seconds(0)}, .course = {}};
  EXPECT_EQ(alert.Look(Holds::kYes, Seconds(0)), NoticeKind::kOpened);
}

TEST(AlertCourse, WhatPassesBeforeItLastedIsToldToNobody) {
  Watched alert;
  alert.Look(Holds::kYes, Seconds(0));
  EXPECT_FALSE(alert.Look(Holds::kNo, 9 * kMinute));
  EXPECT_FALSE(alert.course);
  EXPECT_FALSE(alert.Look(Holds::kYes, 10 * kMinute)) << "it waits anew";
}

TEST(AlertCourse, IsResolvedOnceItsCauseStaysAway) {
  Watched alert{.timing = {.hold = Seconds(0), .clear_hold = 5 * kMinute}, .course = {}};
  alert.Look(Holds::kYes, Seconds(0));
  EXPECT_FALSE(alert.Look(Holds::kNo, kMinute));
  EXPECT_FALSE(alert.Look(Holds::kYes, 2 * kMinute)) << "back before anybody heard that it went";
  EXPECT_FALSE(alert.Look(Holds::kNo, 3 * kMinute));
  EXPECT_FALSE(alert.Look(Holds::kNo, 7 * kMinute));
  EXPECT_EQ(alert.Look(Holds::kNo, 8 * kMinute), NoticeKind::kResolved);
  EXPECT_FALSE(alert.course);
}

TEST(AlertCourse, DoubtNeitherOpensNorEndsIt) {
  Watched alert;
  EXPECT_FALSE(alert.Look(Holds::kUnknown, Seconds(0)));
  EXPECT_FALSE(alert.course);
  alert.Look(Holds::kYes, kMinute);
  EXPECT_FALSE(alert.Look(Holds::kUnknown, 2 * kHour));
  EXPECT_EQ(alert.Look(Holds::kYes, 3 * kHour), NoticeKind::kOpened);
  EXPECT_FALSE(alert.Look(Holds::kNo, 4 * kHour));
  EXPECT_FALSE(alert.Look(Holds::kUnknown, 5 * kHour));
  EXPECT_FALSE(alert.Look(Holds::kNo, 6 * kHour)) << "gone only since now, as far as is known";
  EXPECT_EQ(alert.Look(Holds::kNo, 6 * kHour + 5 * kMinute), NoticeKind::kResolved);
}

TEST(AlertCourse, RemindsOnceHoweverLongNobodyLooked) {
  Watched alert{.timing = {.hold = Seconds(0), .remind_every = 24 * kHour}, .course = {}};
  alert.Look(Holds::kYes, Seconds(0));
  EXPECT_FALSE(alert.Look(Holds::kYes, 23 * kHour));
  EXPECT_EQ(alert.Look(Holds::kYes, 24 * kHour), NoticeKind::kReminded);
  EXPECT_EQ(alert.Look(Holds::kYes, 124 * kHour), NoticeKind::kReminded);
  EXPECT_FALSE(alert.Look(Holds::kYes, 125 * kHour));
  alert.timing.remind_every = Seconds(0);
  EXPECT_FALSE(alert.Look(Holds::kYes, 9999 * kHour));
}

// Whatever a cause does: notices come as opened, reminded…, resolved, each opened alert is either
// open or resolved in the end, and nothing is told twice at one look.
TEST(AlertCourse, NoticesMakeAStory) {
  Random random;
  for (int story = 0; story < 500; ++story) {
    Watched alert{.timing = {.hold = Seconds(random.Below(900)),
                             .clear_hold = Seconds(random.Below(900)),
                             .remind_every = Seconds(random.Below(4000))},
                  .course = {}};
    bool open = false;
    Seconds at{0};
    for (int look = 0; look < 200; ++look) {
      at += Seconds(random.Below(600));
      const auto holds = static_cast<Holds>(random.Below(3));
      const auto notice = alert.Look(holds, at);
      if (notice) {
        ASSERT_NE(holds, Holds::kUnknown) << story;
        ASSERT_EQ(open, notice != NoticeKind::kOpened) << story;
        open = notice != NoticeKind::kResolved;
      }
      ASSERT_EQ(open, alert.course && alert.course->opened_at) << story;
    }
  }
}

}  // namespace
}  // namespace vdiwatch::policy
