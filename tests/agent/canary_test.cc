#include "agent/canary.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);

TEST(CanaryTest, CountsEachBootOnce) {
  CanaryRecord first = CountBoot(std::nullopt, "boot a", kNow);
  EXPECT_EQ(first.canary.boots, 1);
  EXPECT_EQ(first.canary.created_at, kNow);
  EXPECT_FALSE(first.canary.id.empty());

  CanaryRecord same = CountBoot(first, "boot a", kNow + Seconds(900));
  EXPECT_EQ(same.canary.boots, 1);
  CanaryRecord next = CountBoot(same, "boot b", kNow + Seconds(9000));
  EXPECT_EQ(next.canary.boots, 2);
  EXPECT_EQ(next.canary.id, first.canary.id);
  EXPECT_EQ(next.canary.created_at, kNow);
}

TEST(CanaryTest, LivesOnDisk) {
  TempFolder folder;
  auto first = KeepCanary(folder.path(), "boot a", kNow);
  ASSERT_TRUE(first) << first.error().message;
  auto second = KeepCanary(folder.path(), "boot b", kNow + Seconds(60));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->boots, 2);
  EXPECT_EQ(KeepCanary(folder.path(), "boot b", kNow + Seconds(90))->boots, 2);
}

TEST(CanaryTest, IsAnotherOneOnAFreshDisk) {
  TempFolder one, other;
  EXPECT_NE(KeepCanary(one.path(), "a", kNow)->id, KeepCanary(other.path(), "a", kNow)->id);
}

TEST(CanaryTest, ReplacesAFileThatIsNone) {
  TempFolder folder;
  std::ofstream(folder.path() / "canary.json") << "{\"format\": \"vdiwatch-canary/1\"}";
  auto canary = KeepCanary(folder.path(), "boot a", kNow);
  ASSERT_TRUE(canary) << canary.error().message;
  EXPECT_EQ(canary->boots, 1);
  auto text = ReadFile(folder.path() / "canary.json", 4096);
  EXPECT_EQ(CanaryFromText(*text, "f")->canary.id, canary->id);
}

TEST(CanaryTest, SaysNothingWhereItCannotBeKept) {
  TempFolder folder;
  auto canary = KeepCanary(folder.path() / "not there", "boot a", kNow);
  EXPECT_FALSE(canary);
}

}  // namespace
}  // namespace vdiwatch::agent
