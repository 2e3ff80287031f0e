#include "agent/status.h"

#include <gtest/gtest.h>

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);

Status Failing() {
  Status status;
  status.collector = "https://c.example:7443";
  status.last_check_in = kNow - Seconds(600);
  status.next_check_in = kNow + Seconds(300);
  status.desktop = "00ff";
  status.pool = "citrix";
  status.grade = "noncompliant";
  status.rules = {{"hypervisor-supported", "noncompliant", "The desktop runs on XenServer."}};
  status.passed = {"wsl-2"};
  status.problem = "";
  status.clock_ahead_s = -7200;
  status.certificate_expires = kNow + Seconds(86400);
  status.spooled = 2;
  status.lost_changes = 1;
  status.sequence = 42;
  status.told = "sha256:x";
  status.verdict = "9d1f0c2a7be35846";
  return status;
}

TEST(StatusTest, SurvivesItsFile) {
  Status before = Failing();
  auto after = StatusFromText(StatusToText(before), "status.json");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(StatusToText(*after), StatusToText(before));
  EXPECT_EQ(after->sequence, 42);
  EXPECT_EQ(after->rules.at(0).why, before.rules[0].why);
  EXPECT_EQ(after->passed, before.passed);

  Status fresh;
  auto empty = StatusFromText(StatusToText(fresh), "status.json");
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_FALSE(empty->last_check_in);
}

TEST(StatusTest, IsRefusedWhenBroken) {
  EXPECT_FALSE(StatusFromText("", "status.json"));
  auto partial = StatusFromText("{\"collector\": \"x\"}", "/var/status.json");
  ASSERT_FALSE(partial);
  EXPECT_EQ(partial.error().message.rfind("/var/status.json: ", 0), 0u);
}

TEST(StatusTest, TellsAPersonTheVerdictFirst) {
  EXPECT_EQ(DescribeStatus(Failing(), kNow),
            "Verdict: noncompliant (pool citrix)\n"
            "  noncompliant: hypervisor-supported: The desktop runs on XenServer.\n"
            "Last check-in: 10 minutes ago\n"
            "Next check-in: in 5 minutes\n"
            "Collector: https://c.example:7443\n"
            "Certificate expires: 2026-11-19T11:06:40Z\n"
            "Clock: 7200 s behind the collector's\n"
            "Waiting to be told: 2 state changes\n"
            "Lost: 1 state change\n");
}

TEST(StatusTest, ShowsPeopleNoBookkeeping) {
  Json json = StatusForPeople(Failing());
  EXPECT_FALSE(json.contains("sequence"));
  EXPECT_EQ(json["grade"], "noncompliant");
  EXPECT_EQ(json["last_check_in"], "2026-11-18T10:56:40Z");
}

}  // namespace
}  // namespace vdiwatch::agent
