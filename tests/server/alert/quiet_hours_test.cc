#include "server/alert/quiet_hours.h"

#include <gtest/gtest.h>

namespace vdiwatch::server::alert {
namespace {

Time At(const char* text) { return *ParseTime(text); }

QuietHours Nights() {
  QuietHours hours;
  hours.from = *ParseTimeOfDay("22:00");
  hours.to = *ParseTimeOfDay("06:00");
  hours.days.fill(true);
  hours.zone = *FindTimeZone("Europe/Berlin");
  hours.except = {"critical"};
  return hours;
}

QuietHours Weekend() {
  QuietHours hours;
  hours.days[5] = hours.days[6] = true;
  hours.zone = *FindTimeZone("Europe/Berlin");
  return hours;
}

TEST(QuietHours, LastOverMidnightInTheirTimeZone) {
  // Berlin is at +01:00 in November, at +02:00 in July.
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-11-26T20:59:59Z")), std::nullopt);
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-11-26T21:00:00Z")),
            At("2026-11-27T05:00:00Z"));
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-11-27T04:59:59Z")),
            At("2026-11-27T05:00:00Z"));
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-11-27T05:00:00Z")), std::nullopt);
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-07-26T20:00:00Z")),
            At("2026-07-27T04:00:00Z"));
}

TEST(QuietHours, EndWhenTheClockSaysSoInTheNightThatTimeIsShifted) {
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-03-28T21:30:00Z")),
            At("2026-03-29T04:00:00Z"));
  EXPECT_EQ(QuietUntil({Nights()}, "minor", At("2026-10-24T20:30:00Z")),
            At("2026-10-25T05:00:00Z"));
}

TEST(QuietHours, SpareWhatIsExcepted) {
  EXPECT_EQ(QuietUntil({Nights()}, "critical", At("2026-11-26T23:00:00Z")), std::nullopt);
}

TEST(QuietHours, ThatFollowEachOtherAreOne) {
  // Friday's night, the weekend, Sunday's night.
  EXPECT_EQ(QuietUntil({Nights(), Weekend()}, "minor", At("2026-11-27T22:00:00Z")),
            At("2026-11-30T05:00:00Z"));
  EXPECT_EQ(QuietUntil({Weekend()}, "critical", At("2026-11-28T12:00:00Z")),
            At("2026-11-29T23:00:00Z"));
}

TEST(QuietHours, KnowTimesDaysAndZones) {
  for (const char* bad : {"", "7:00", "24:01", "12:60", "12-30", "1a:00", "-1:00"}) {
    EXPECT_EQ(ParseTimeOfDay(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(ParseTimeOfDay("24:00"), 24 * 60);
  EXPECT_EQ(ParseDay("sun"), 6);
  EXPECT_EQ(ParseDay("Sunday"), std::nullopt);
  for (const char* bad : {"", "Europe/Berln", "/etc/passwd", "../../etc/passwd"}) {
    EXPECT_FALSE(FindTimeZone(bad)) << bad;
  }
}

}  // namespace
}  // namespace vdiwatch::server::alert
