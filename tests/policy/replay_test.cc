#include "policy/replay.h"

#include <gtest/gtest.h>

#include <random>

#include "policy/pool_state.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

const Time kStart = FromUnix(1'800'000'000);
constexpr Seconds kHour{3600};

PolicySet SetWith(const std::string& thresholds) {
  return GoodSet(
      "pack: p\nrules:\n  - {id: r, require: {platform.kind: vmware}}\n"
      "  - {id: s, require: {memory.total_mib: {ge: 1}}}\n---\n"
      "pools:\n  - {name: a, thresholds: " +
      thresholds + "}\n");
}

Grades Both(Grade grade) { return {grade, {grade, Grade::kCompliant}}; }
const Grades kGood = Both(Grade::kCompliant);
const Grades kBad = Both(Grade::kNoncompliant);

TEST(PoolReplay, CountsHowOftenAndHowLong) {
  const PolicySet set = SetWith("{enter: 10%, leave: 5%}");
  PoolReplay replay(set, "a", PoolState{Grade::kCompliant, kStart - kHour, {}}, kStart);
  replay.Add({false, &kGood}, 100);
  replay.AdvanceTo(kStart + kHour);
  replay.Add({false, &kGood}, -10);
  replay.Add({false, &kBad}, 10);  // 10 %: enters
  replay.AdvanceTo(kStart + 3 * kHour);
  replay.Add({false, &kBad}, -4);
  replay.Add({false, &kGood}, 4);  // 6 %: held
  replay.AdvanceTo(kStart + 4 * kHour);
  replay.Add({false, &kBad}, -1);
  replay.Add({false, &kGood}, 1);  // 5 %: leaves
  const PoolRecord record = replay.Finish(kStart + 10 * kHour);
  EXPECT_EQ(record.turned_noncompliant, 1);
  EXPECT_EQ(record.noncompliant, 3 * kHour);
  EXPECT_EQ(record.turned_unknown, 0);
  EXPECT_EQ(record.last, Grade::kConditional);
}

TEST(PoolReplay, StartsFromHowThePoolStood) {
  const PolicySet set = SetWith("{enter: 10%, leave: 5%}");
  PoolReplay held(set, "a", PoolState{Grade::kNoncompliant, kStart - kHour, {}}, kStart);
  held.Add({false, &kGood}, 93);
  held.Add({false, &kBad}, 7);
  const PoolRecord record = held.Finish(kStart + kHour);
  EXPECT_EQ(record.turned_noncompliant, 0) << "it was so before";
  EXPECT_EQ(record.noncompliant, kHour);
}

TEST(PoolReplay, AShareThatLastsTurnsThePoolBetweenTwoMoves) {
  const PolicySet set = SetWith("{enter: 10%, for: 2h, leave: 5%}");
  PoolReplay replay(set, "a", std::nullopt, kStart);
  replay.Add({false, &kBad}, 1);
  const PoolRecord lasting = replay.Finish(kStart + 5 * kHour);
  EXPECT_EQ(lasting.turned_noncompliant, 1);
  EXPECT_EQ(lasting.noncompliant, 3 * kHour);

  PoolReplay brief(set, "a", std::nullopt, kStart);
  brief.Add({false, &kBad}, 1);
  brief.AdvanceTo(kStart + kHour);
  brief.Add({false, &kBad}, -1);
  brief.Add({false, &kGood}, 1);
  EXPECT_EQ(brief.Finish(kStart + 5 * kHour).turned_noncompliant, 0);
}

TEST(PoolReplay, RulesHaveThresholdsOfTheirOwn) {
  const PolicySet set = SetWith("{enter: 50%, leave: 20%, rules: {r: {enter: 1%, leave: 0%}}}");
  PoolReplay replay(set, "a", std::nullopt, kStart);
  replay.Add({false, &kGood}, 99);
  replay.Add({false, &kBad}, 1);
  EXPECT_EQ(replay.Finish(kStart + kHour).turned_noncompliant, 1);
}

TEST(PoolReplay, EveryShareLastsOnItsOwn) {
  const PolicySet set =
      SetWith("{enter: 50%, for: 1h, leave: 20%, rules: {r: {enter: 1%, for: 4h, leave: 0%}}}");
  PoolReplay replay(set, "a", std::nullopt, kStart);
  replay.Add({false, &kGood}, 9);
  replay.Add({false, &kBad}, 1);
  replay.AdvanceTo(kStart + 2 * kHour);
  replay.Add({false, &kGood}, -9);  // all fail, for half an hour
  replay.Add({false, &kBad}, 9);
  replay.AdvanceTo(kStart + 2 * kHour + Seconds(1800));
  replay.Add({false, &kGood}, 9);
  replay.Add({false, &kBad}, -9);
  const PoolRecord record = replay.Finish(kStart + 10 * kHour);
  EXPECT_EQ(record.turned_noncompliant, 1);
  EXPECT_EQ(record.noncompliant, 6 * kHour) << "from the rule's four hours on";
}

TEST(PoolReplay, BeginsWithTheFirstDesktop) {
  const PolicySet set = SetWith("{enter: 10%, leave: 5%}");
  PoolReplay young(set, "a", std::nullopt, kStart);
  young.AdvanceTo(kStart + 700 * kHour);
  young.Add({false, nullptr}, 1);  // its facts are on their way
  young.AdvanceTo(kStart + 701 * kHour);
  young.Add({false, nullptr}, -1);
  young.Add({false, &kGood}, 1);
  const PoolRecord record = young.Finish(kStart + 720 * kHour);
  EXPECT_EQ(record.unknown, kHour);
  EXPECT_EQ(record.turned_unknown, 1);
  EXPECT_EQ(record.last, Grade::kCompliant);

  PoolReplay never(set, "a", std::nullopt, kStart);
  EXPECT_EQ(never.Finish(kStart + kHour).unknown, Seconds(0));
  PoolReplay emptied(set, "a", PoolState{Grade::kCompliant, kStart - kHour, {}}, kStart);
  EXPECT_EQ(emptied.Finish(kStart + kHour).unknown, kHour) << "it had a life before";
}

TEST(PoolReplay, SilentAndUnjudgedDesktopsAreUnknown) {
  const PolicySet set = SetWith("{maximum_unknown: 20%}");
  PoolReplay replay(set, "a", PoolState{Grade::kCompliant, kStart, {}}, kStart);
  replay.Add({false, &kGood}, 8);
  replay.Add({true, &kGood}, 2);
  replay.AdvanceTo(kStart + kHour);
  replay.Add({false, nullptr}, 1);
  const PoolRecord record = replay.Finish(kStart + 2 * kHour);
  EXPECT_EQ(record.turned_unknown, 1);
  EXPECT_EQ(record.unknown, kHour);
}

// The replay is nothing but JudgePool at every second, done in fewer steps.
TEST(PoolReplay, IsWhatJudgingEverySecondGives) {
  std::mt19937 random(4711);
  auto roll = [&](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random); };
  const PolicySet set =
      SetWith("{enter: 30%, for: 7s, leave: 10%, rules: {r: {enter: 20%, for: 11s, leave: 10%}}}");
  const PoolSpec& spec = set.PoolNamed("a");
  std::int64_t turned_in_all = 0;
  for (int round = 0; round < 50; ++round) {
    PoolReplay replay(set, "a", std::nullopt, kStart);
    std::optional<PoolState> state;
    PoolCounts counts;
    PoolRecord expected;
    for (int second = 0; second < 100; ++second) {
      const Time now = kStart + Seconds(second);
      if (second == 0 || roll(6) == 0) {
        replay.AdvanceTo(now);
        const Grades& grades = roll(3) == 0 ? kBad : kGood;
        replay.Add({false, &grades}, 1);
        ++counts.desktops, ++counts.reporting, ++counts.grades[grades.grade];
        ++counts.rules["r"][grades.rules[0]];
      }
      const auto before = state;
      state = JudgePoolState(spec, counts, before, now);
      const bool turned = !before || before->grade != state->grade;
      expected.turned_noncompliant += turned && state->grade == Grade::kNoncompliant;
      if (state->grade == Grade::kNoncompliant) expected.noncompliant += Seconds(1);
    }
    const PoolRecord record = replay.Finish(kStart + Seconds(100));
    EXPECT_EQ(record.turned_noncompliant, expected.turned_noncompliant) << round;
    EXPECT_EQ(record.noncompliant, expected.noncompliant) << round;
    turned_in_all += record.turned_noncompliant;
  }
  EXPECT_GT(turned_in_all, 20);
}

}  // namespace
}  // namespace vdiwatch::policy
