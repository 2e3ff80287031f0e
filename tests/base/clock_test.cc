#include "base/clock.h"

#include <gtest/gtest.h>

namespace vdiwatch {
namespace {

TEST(Time, IsPrintedInUtc) {
  EXPECT_EQ(FormatTime(FromUnix(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(FromUnix(1795334400)), "2026-11-22T08:00:00Z");
}

TEST(Time, ReadsWhatItPrints) {
  for (std::int64_t unix : {0LL, 951782400LL, 1795334400LL, 4102444799LL, -86400LL}) {
    auto read = ParseTime(FormatTime(FromUnix(unix)));
    ASSERT_TRUE(read) << unix;
    EXPECT_EQ(ToUnix(*read), unix);
  }
}

TEST(Time, KnowsOffsetsAndFractions) {
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-22T10:00:00+02:00")), "2026-11-22T08:00:00Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-22T02:30:00-05:30")), "2026-11-22T08:00:00Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-22T08:00:00.999Z")), "2026-11-22T08:00:00Z");
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* text :
       {"", "2026", "2026-11-22", "2026-11-22T08:00:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T08:00:00+0200",
        "2026-11-22T08:00:00.Z", "2026-11-22T08:00:00Z ", "2026-11-22X08:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(ManualClock, MovesWhenTold) {
  ManualClock clock(FromUnix(100));
  clock.Advance(Seconds(20));
  EXPECT_EQ(ToUnix(clock.Now()), 120);
}

}  // namespace
}  // namespace vdiwatch
