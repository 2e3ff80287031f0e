// Properties over random input: plain loops with a fixed seed, so that a failure repeats.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "policy/evaluate.h"
#include "policy/grades.h"
#include "policy/pool_state.h"
#include "policy/pool_verdict.h"
#include "tests/policy/random.h"

namespace vdiwatch::policy {
namespace {

constexpr Grade kGrades[] = {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                             Grade::kNoncompliant};
constexpr int kRounds = 4'000;

PoolCounts CountsOf(const std::vector<Grade>& desktops, std::int64_t stale) {
  PoolCounts counts;
  for (Grade grade : desktops) ++counts.grades[grade];
  counts.reporting = static_cast<std::int64_t>(desktops.size());
  counts.stale = stale;
  counts.desktops = counts.reporting + stale;
  return counts;
}

std::vector<Grade> RandomDesktops(Random& random) {
  std::vector<Grade> desktops(static_cast<std::size_t>(1 + random.Below(60)));
  int skew = 1 + random.Below(12);
  for (Grade& grade : desktops)
    grade = random.Below(skew) == 0 ? kGrades[random.Below(4)] : kGrades[0];
  return desktops;
}

PoolSpec RandomPool(Random& random) {
  PoolSpec pool;
  pool.thresholds.enter = 5 + random.Below(20);
  pool.thresholds.leave = random.Below(static_cast<int>(pool.thresholds.enter));
  pool.thresholds.maximum_unknown = pool.thresholds.enter + random.Below(20);
  return pool;
}

std::optional<PoolState> RandomState(Random& random) {
  if (random.Flip()) return std::nullopt;
  return PoolState{kGrades[random.Below(4)], Time(), {}};
}

Grade GradeOf(const PoolSpec& pool, const PoolCounts& counts,
              const std::optional<PoolState>& previous) {
  return JudgePool(PolicySet(), pool, counts, previous, Time()).state.grade;
}

TEST(PoolProperties, MoreFailingDesktopsNeverMakeAPoolBetter) {
  Random random;
  for (int round = 0; round < kRounds; ++round) {
    auto desktops = RandomDesktops(random);
    PoolSpec pool = RandomPool(random);
    auto previous = RandomState(random);
    auto stale = random.Below(4);
    Grade before = GradeOf(pool, CountsOf(desktops, stale), previous);
    desktops[static_cast<std::size_t>(random.Below(static_cast<int>(desktops.size())))] =
        Grade::kNoncompliant;
    Grade after = GradeOf(pool, CountsOf(desktops, stale), previous);
    ASSERT_GE(after, before) << "round " << round;
  }
}

TEST(PoolProperties, UnknownNeverMakesAPoolCompliant) {
  Random random;
  for (int round = 0; round < kRounds; ++round) {
    auto desktops = RandomDesktops(random);
    PoolSpec pool = RandomPool(random);
    auto previous = RandomState(random);
    bool silent = random.Flip();
    if (silent) {
      desktops.pop_back();
    } else {
      desktops.back() = Grade::kUnknown;
    }
    ASSERT_NE(GradeOf(pool, CountsOf(desktops, silent ? 1 : 0), previous), Grade::kCompliant)
        << "round " << round;
  }
}

TEST(PoolProperties, TheOrderOfArrivalDoesNotMatter) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    auto desktops = RandomDesktops(random);
    PoolSpec pool = RandomPool(random);
    auto previous = RandomState(random);
    Grade before = GradeOf(pool, CountsOf(desktops, 1), previous);
    std::ranges::shuffle(desktops, random.engine());
    ASSERT_EQ(GradeOf(pool, CountsOf(desktops, 1), previous), before);
  }
}

TEST(PoolProperties, HysteresisNeverFlapsInsideItsBand) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    PoolSpec pool = RandomPool(random);
    PoolState state{random.Flip() ? Grade::kNoncompliant : Grade::kConditional, Time(), {}};
    const Grade start = state.grade;
    for (int step = 0; step < 20; ++step) {
      // Strictly between leave and enter, in thousandths.
      int low = static_cast<int>(pool.thresholds.leave * 10) + 1;
      int high = static_cast<int>(pool.thresholds.enter * 10) - 1;
      int failing = low + random.Below(high - low + 1);
      std::vector<Grade> desktops(1000, Grade::kCompliant);
      std::fill_n(desktops.begin(), failing, Grade::kNoncompliant);
      state = JudgePool(PolicySet(), pool, CountsOf(desktops, 0), state, Time()).state;
      ASSERT_EQ(state.grade, start) << "round " << round;
    }
  }
}

PoolCounts Times(PoolCounts counts, std::int64_t k) {
  for (auto& [grade, n] : counts.grades) n *= k;
  for (auto& [rule, grades] : counts.rules) {
    for (auto& [grade, n] : grades) n *= k;
  }
  counts.reporting *= k;
  counts.stale *= k;
  counts.desktops *= k;
  return counts;
}

TEST(PoolProperties, TheGradeFollowsFromTheGradeBeforeTheSharesAndTheTimeAlone) {
  Random random;
  for (int round = 0; round < kRounds; ++round) {
    PoolSpec pool = RandomPool(random);
    pool.thresholds.enter_for = Seconds(random.Below(3) * 60);
    if (random.Flip()) {
      pool.rule_thresholds["r"] = {
          .enter = 1, .enter_for = Seconds(random.Below(3) * 60), .leave = 0};
    }
    auto counts = CountsOf(RandomDesktops(random), random.Below(4));
    counts.rules["r"] = counts.grades;
    const Time now = FromUnix(1'000'000);
    auto previous = RandomState(random);
    if (previous) {
      previous->since = now - Seconds(random.Below(600));
      for (const char* rule : {"", "r"}) {
        if (random.Flip()) previous->pending[rule] = now - Seconds(random.Below(180));
      }
    }
    auto judge = [&](const PoolCounts& some, Seconds later) {
      auto before = previous;
      if (before) before->since += later;
      if (before) {
        for (auto& [rule, since] : before->pending) since += later;
      }
      return JudgePool(PolicySet(), pool, some, before, now + later).state;
    };
    PoolState state = judge(counts, Seconds(0));
    ASSERT_EQ(judge(counts, Seconds(0)), state) << "asked again, round " << round;
    ASSERT_EQ(judge(Times(counts, 7), Seconds(0)), state) << "the same shares, round " << round;
    ASSERT_EQ(judge(counts, Seconds(86'400)).grade, state.grade) << "any other day";
    bool stays = previous && previous->grade == state.grade;
    ASSERT_EQ(state.since, stays ? previous->since : now);
    for (const auto& [rule, since] : state.pending) {
      ASSERT_LE(since, now);
      const auto& waits = rule.empty() ? pool.thresholds : pool.rule_thresholds.at(rule);
      ASSERT_GT(since + waits.enter_for, now) << "it would have lasted, round " << round;
    }
  }
}

TEST(PoolProperties, AFailureIsNoncompliantOnceItLastedAndNeverSooner) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    PoolSpec pool = RandomPool(random);
    pool.thresholds.enter_for = Seconds(600);
    std::vector<Grade> desktops(100, Grade::kCompliant);
    std::fill_n(desktops.begin(), static_cast<int>(pool.thresholds.enter), Grade::kNoncompliant);
    const Time start = FromUnix(1'000'000);
    std::optional<PoolState> state;
    for (Seconds at{0}; at < Seconds(600); at += Seconds(1 + random.Below(90))) {
      state = JudgePool(PolicySet(), pool, CountsOf(desktops, 0), state, start + at).state;
      ASSERT_NE(state->grade, Grade::kNoncompliant) << at.count();
    }
    state = JudgePool(PolicySet(), pool, CountsOf(desktops, 0), state, start + Seconds(600)).state;
    ASSERT_EQ(state->grade, Grade::kNoncompliant);
  }
}

// A pool with a second threshold turns when either would turn it alone, and never sooner.
TEST(PoolProperties, EveryThresholdLastsAsIfItWereAlone) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    PoolSpec own, rule_alone, both;
    own.thresholds = {.enter = 30, .enter_for = Seconds(random.Below(60)), .leave = 10};
    rule_alone.thresholds.enter = 101;
    rule_alone.rule_thresholds["r"] = {
        .enter = 10, .enter_for = Seconds(random.Below(200)), .leave = 5};
    both = own;
    both.rule_thresholds = rule_alone.rule_thresholds;
    std::optional<PoolState> by_own, by_rule, by_both;
    PoolCounts counts;
    for (int second = 0; second < 300; ++second) {
      if (second == 0 || random.Below(30) == 0) {
        std::vector<Grade> desktops(10, Grade::kCompliant);
        std::fill_n(desktops.begin(), random.Below(6), Grade::kNoncompliant);
        counts = CountsOf(desktops, 0);
        counts.rules["r"] = counts.grades;
      }
      auto judge = [&](const PoolSpec& pool, const std::optional<PoolState>& before) {
        return JudgePoolState(pool, counts, before, FromUnix(1'000'000 + second));
      };
      by_own = judge(own, by_own);
      by_rule = judge(rule_alone, by_rule);
      by_both = judge(both, by_both);
      const bool either =
          by_own->grade == Grade::kNoncompliant || by_rule->grade == Grade::kNoncompliant;
      ASSERT_EQ(by_both->grade == Grade::kNoncompliant, either)
          << "round " << round << ", second " << second;
      if (either) break;  // what holds it then is another matter
    }
  }
}

TEST(PoolProperties, ExcusingAFailureNeverMakesAPoolWorse) {
  Random random;
  for (int round = 0; round < kRounds; ++round) {
    auto desktops = RandomDesktops(random);
    PoolSpec pool = RandomPool(random);
    auto previous = RandomState(random);
    Grade before = GradeOf(pool, CountsOf(desktops, 1), previous);
    auto failing = std::ranges::find(desktops, Grade::kNoncompliant);
    if (failing == desktops.end()) continue;
    *failing = Grade::kWaived;
    ASSERT_LE(GradeOf(pool, CountsOf(desktops, 1), previous), before) << "round " << round;
  }
}

}  // namespace
}  // namespace vdiwatch::policy
