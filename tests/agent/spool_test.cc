#include "agent/spool.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);

SpooledChange Change(int number) {
  SpooledChange change{.at = kNow + Seconds(number), .seen = {}};
  change.seen.os = "windows";
  change.seen.facts["platform.kind"] = Known("vmware");
  change.seen.facts["cpu.logical_processors"] = Known(FactValue(std::int64_t{number}));
  change.seen.facts["docker_desktop.instances"] = Known(FactValue(std::int64_t{2}));
  change.seen.facts["azure.vm_size"] = Unknown(Missing::kAbsent);
  change.seen.readings = {{"cpuid:1", "x"}};
  change.seen.claims.host_name = "fin-001";
  change.seen.boot_id = "boot-a";
  change.seen.canary = {.id = "c", .created_at = kNow, .boots = 3};
  return change;
}

std::int64_t NumberOf(const SpooledChange& change) {
  return FactOf(change.seen.facts, "cpu.logical_processors").AsInteger().value_or(-1);
}

TEST(SpoolTest, IsFirstInFirstOutInMemory) {
  Spool spool;
  ASSERT_TRUE(spool.Push(Change(1)));
  ASSERT_TRUE(spool.Push(Change(2)));
  EXPECT_EQ(NumberOf(spool.front()), 1);
  ASSERT_TRUE(spool.Pop());
  EXPECT_EQ(NumberOf(spool.front()), 2);
  ASSERT_TRUE(spool.Pop());
  EXPECT_TRUE(spool.empty());
}

TEST(SpoolTest, SurvivesTheProcessWhole) {
  TempFolder folder;
  {
    auto spool = Spool::Open(folder.path() / "spool");
    ASSERT_TRUE(spool) << spool.error().message;
    for (int i = 1; i <= 12; ++i) ASSERT_TRUE(spool->Push(Change(i)));
    ASSERT_TRUE(spool->Pop());
  }
  auto spool = Spool::Open(folder.path() / "spool");
  ASSERT_TRUE(spool) << spool.error().message;
  ASSERT_EQ(spool->size(), 11u);
  SpooledChange expected = Change(2);
  const SpooledChange& found = spool->front();
  EXPECT_EQ(found.at, expected.at);
  ASSERT_EQ(found.seen.facts.size(), expected.seen.facts.size());
  for (const auto& [key, fact] : expected.seen.facts) {
    EXPECT_TRUE(SameAnswer(FactOf(found.seen.facts, key), fact)) << key;
  }
  EXPECT_EQ(found.seen.readings, expected.seen.readings);
  EXPECT_EQ(found.seen.claims, expected.seen.claims);
  EXPECT_EQ(found.seen.boot_id, expected.seen.boot_id);
  EXPECT_EQ(found.seen.canary.boots, 3);
  ASSERT_TRUE(spool->Push(Change(13)));
  for (int i = 2; i <= 13; ++i) {
    EXPECT_EQ(NumberOf(spool->front()), i);
    ASSERT_TRUE(spool->Pop());
  }
}

TEST(SpoolTest, DropsTheOldestAndCountsIt) {
  TempFolder folder;
  auto spool = Spool::Open(folder.path(), {.max_changes = 3});
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(spool->Push(Change(i)));
  EXPECT_EQ(spool->size(), 3u);
  EXPECT_EQ(NumberOf(spool->front()), 3);
  EXPECT_EQ(spool->lost(), 2);
  spool->ForgetLost();
  EXPECT_EQ(spool->lost(), 0);
  EXPECT_EQ(Spool::Open(folder.path())->size(), 3u);
}

TEST(SpoolTest, KeepsToItsBytes) {
  Spool spool({.max_changes = 1000, .max_bytes = 4096});
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(spool.Push(Change(i)));
  EXPECT_GT(spool.size(), 0u);
  EXPECT_LT(spool.size(), 10u);
  EXPECT_EQ(static_cast<std::size_t>(spool.lost()) + spool.size(), 20u);
  SpooledChange huge = Change(21);
  for (int i = 0; i < 100; ++i) huge.seen.readings["r" + std::to_string(i)] = std::string(100, 'x');
  EXPECT_FALSE(spool.Push(huge));
  EXPECT_GT(spool.size(), 0u) << "what does not fit pushes nothing out";
}

TEST(SpoolTest, DropsAFileItCannotReadAndGoesOn) {
  TempFolder folder;
  ASSERT_TRUE(Spool::Open(folder.path())->Push(Change(1)));
  std::ofstream(folder.path() / "000000000002.json") << "half a fi";
  std::ofstream(folder.path() / "notes.txt") << "not ours";
  auto spool = Spool::Open(folder.path());
  ASSERT_TRUE(spool);
  EXPECT_EQ(spool->size(), 1u);
  EXPECT_EQ(spool->lost(), 1);
  ASSERT_TRUE(spool->Push(Change(3)));
  EXPECT_EQ(Spool::Open(folder.path())->size(), 2u);
}

}  // namespace
}  // namespace vdiwatch::agent
