#include "server/compliance/due.h"

#include <gtest/gtest.h>

namespace vdiwatch::server::compliance {
namespace {

Due ReadDue(const Json& json) {
  auto due = ParseDue(json);
  EXPECT_TRUE(due) << due.error().message;
  return due ? *due : Due{};
}
Time At(std::string_view text) { return *ParseTime(text); }

const Json kMondays = {{"days", {"mon"}}, {"time", "07:00"}, {"time_zone", "Europe/Berlin"}};

TEST(NextDue, FollowsTheClockOfItsZone) {
  const Due due = ReadDue(kMondays);
  EXPECT_EQ(FormatTime(NextDue(due, At("2026-11-26T00:00:00Z"))), "2026-11-30T06:00:00Z");
  EXPECT_EQ(FormatTime(NextDue(due, At("2026-11-30T05:59:59Z"))), "2026-11-30T06:00:00Z");
  EXPECT_EQ(FormatTime(NextDue(due, At("2026-11-30T06:00:00Z"))), "2026-12-07T06:00:00Z");
  EXPECT_EQ(FormatTime(NextDue(due, At("2026-07-01T00:00:00Z"))), "2026-07-06T05:00:00Z")
      << "summer";
}

TEST(NextDue, AMissingHourIsThatOfTheChangeAndADoubleOneCountsOnce) {
  const Due due = ReadDue({{"days", {"sun"}}, {"time", "02:30"}, {"time_zone", "Europe/Berlin"}});
  const Time spring = NextDue(due, At("2026-03-28T12:00:00Z"));  // 02:00 becomes 03:00
  EXPECT_EQ(FormatTime(spring), "2026-03-29T01:00:00Z");
  const Time autumn = NextDue(due, At("2026-10-24T12:00:00Z"));  // 03:00 becomes 02:00
  EXPECT_EQ(FormatTime(autumn), "2026-10-25T00:30:00Z");
  EXPECT_EQ(FormatTime(NextDue(due, autumn)), "2026-11-01T01:30:00Z");
}

TEST(LastDue, IsTheLastOneMissed) {
  const Due due = ReadDue(kMondays);
  const Time first = At("2026-11-02T06:00:00Z");
  EXPECT_EQ(LastDue(due, first, first), first);
  EXPECT_EQ(LastDue(due, first, At("2026-11-09T05:59:59Z")), first);
  EXPECT_EQ(FormatTime(LastDue(due, first, At("2026-11-20T00:00:00Z"))), "2026-11-16T06:00:00Z");
  EXPECT_EQ(FormatTime(LastDue(due, first, At("2036-11-20T00:00:00Z"))), "2036-11-17T06:00:00Z");
}

TEST(ParseDue, SaysWhatIsWrong) {
  const auto with = [](const char* member, const Json& value) {
    Json json = kMondays;
    json[member] = value;
    const auto due = ParseDue(json);
    return due ? std::string() : due.error().message;
  };
  EXPECT_EQ(with("days", {"monday"}), "when.days: a day is mon, tue, wed, thu, fri, sat or sun");
  EXPECT_EQ(with("days", Json::array()), "when.days must be a list of days, such as [\"mon\"]");
  EXPECT_EQ(with("time", "7:00"), "when.time must be a time such as 07:00");
  EXPECT_EQ(with("time", "24:00"), "when.time must be a time such as 07:00");
  EXPECT_EQ(with("time_zone", "Europe/Atlantis"),
            "when.time_zone: 'Europe/Atlantis' is no time zone here; one is called Europe/Berlin "
            "or UTC");
  EXPECT_EQ(with("zone", "x"), "when has no member 'zone'");
  EXPECT_FALSE(ParseDue(Json()).has_value());
}

}  // namespace
}  // namespace vdiwatch::server::compliance
