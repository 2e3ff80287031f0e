#include "policy/pool_verdict.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

constexpr auto kCompliant = Grade::kCompliant;
constexpr auto kConditional = Grade::kConditional;
constexpr auto kUnknown = Grade::kUnknown;
constexpr auto kNoncompliant = Grade::kNoncompliant;

const Time kNoon = FromUnix(1'800'000'000);

PoolCounts Counts(std::map<Grade, std::int64_t> grades, std::int64_t stale = 0) {
  PoolCounts counts;
  for (auto [grade, n] : grades) counts.reporting += n;
  counts.desktops = counts.reporting + stale;
  counts.stale = stale;
  counts.grades = std::move(grades);
  return counts;
}

PolicySet TwoRules() {
  return GoodSet(
      "pack: p\nrules:\n"
      "  - {id: hypervisor, severity: critical, title: A good hypervisor, require: {platform.kind: "
      "vmware}}\n"
      "  - {id: size, severity: minor, title: A good size, require: {memory.total_mib: {ge: 1}}}\n"
      "  - {id: hint, severity: info, title: A hint, require: {wsl.usable: true}}\n");
}

PoolVerdict JudgeAt(Time now, const PoolCounts& counts, const PoolSpec& pool = {},
                    const std::optional<PoolState>& previous = std::nullopt) {
  return JudgePool(TwoRules(), pool, counts, previous, now);
}

Grade GradeOf(const PoolCounts& counts, const PoolSpec& pool = {}) {
  return JudgeAt(kNoon, counts, pool).state.grade;
}

TEST(JudgePool, ByShares) {
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 40}})), kCompliant);
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 39}, {kConditional, 1}})), kConditional);
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 36}, {kNoncompliant, 4}})), kNoncompliant);  // 10 %
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 37}, {kNoncompliant, 3}})), kConditional);
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 32}, {kUnknown, 8}})), kConditional);  // 20 %
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 31}, {kUnknown, 9}})), kUnknown);
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 31}}, 9)), kUnknown);  // stale ones count as unknown
  EXPECT_EQ(GradeOf(Counts({{Grade::kWaived, 3}, {kCompliant, 3}})), kCompliant);
}

TEST(JudgePool, NothingToJudgeIsUnknownWithAReason) {
  PoolVerdict none = JudgeAt(kNoon, Counts({}));
  EXPECT_EQ(none.state.grade, kUnknown);
  EXPECT_EQ(none.reasons.at(0).text, "No desktop has reported yet");
  PoolVerdict silent = JudgeAt(kNoon, Counts({}, 3));
  EXPECT_EQ(silent.state.grade, kUnknown);
  EXPECT_EQ(silent.reasons.at(0).text, "No desktop is reporting: 3 of 3 desktops fell silent");
  PoolVerdict idle = JudgeAt(kNoon, Counts({{Grade::kNotApplicable, 5}}));
  EXPECT_EQ(idle.state.grade, kUnknown);
  EXPECT_EQ(idle.reasons.at(0).text, "No rule applies to any desktop of this pool");
}

TEST(JudgePool, DesktopsNotJudgedYetAreUnknown) {
  PoolCounts counts = Counts({{kCompliant, 3}});
  counts.reporting = counts.desktops = 4;
  PoolVerdict verdict = JudgeAt(kNoon, counts);
  EXPECT_EQ(verdict.state.grade, kUnknown);
  EXPECT_EQ(verdict.reasons.at(0).text, "1 of 4 desktops not judged yet");
}

TEST(JudgePool, NeedsItsMinimumOfReportsAndCoverage) {
  PoolSpec pool;
  pool.thresholds.minimum_reporting = 5;
  EXPECT_EQ(GradeOf(Counts({{kNoncompliant, 4}}), pool), kUnknown);
  EXPECT_EQ(GradeOf(Counts({{kNoncompliant, 5}}), pool), kNoncompliant);
  PoolSpec covered;
  covered.expected_members = 150;
  covered.thresholds.minimum_coverage = 80;
  PoolVerdict verdict = JudgeAt(kNoon, Counts({{kCompliant, 38}}), covered);
  EXPECT_EQ(verdict.state.grade, kUnknown);
  EXPECT_EQ(verdict.reasons.at(0).text, "112 of 150 desktops never reported");
  EXPECT_EQ(GradeOf(Counts({{kCompliant, 120}}), covered), kCompliant);
  // Low coverage never hides that too many fail.
  EXPECT_EQ(GradeOf(Counts({{kNoncompliant, 38}}), covered), kNoncompliant);
}

TEST(JudgePool, HysteresisHoldsInsideTheBand) {
  PoolState bad{kNoncompliant, kNoon, {}}, fine{kConditional, kNoon, {}};
  PoolCounts in_band = Counts({{kCompliant, 93}, {kNoncompliant, 7}});
  Time later = kNoon + Seconds(60);
  EXPECT_EQ(JudgeAt(later, in_band, {}, bad).state, bad);
  EXPECT_EQ(JudgeAt(later, in_band, {}, fine).state, fine);
  PoolCounts below = Counts({{kCompliant, 95}, {kNoncompliant, 5}});
  EXPECT_EQ(JudgeAt(later, below, {}, bad).state, (PoolState{kConditional, later, {}}));
}

TEST(JudgePool, WaitsUntilTheShareHasLasted) {
  PoolSpec pool;
  pool.thresholds.enter_for = Seconds(600);
  PoolCounts failing = Counts({{kCompliant, 5}, {kNoncompliant, 5}});
  PoolState first = JudgeAt(kNoon, failing, pool).state;
  EXPECT_EQ(first, (PoolState{kConditional, kNoon, {{"", kNoon}}}));
  PoolState waiting = JudgeAt(kNoon + Seconds(599), failing, pool, first).state;
  EXPECT_EQ(waiting, first);
  PoolState entered = JudgeAt(kNoon + Seconds(600), failing, pool, waiting).state;
  EXPECT_EQ(entered, (PoolState{kNoncompliant, kNoon + Seconds(600), {}}));
  // A recovery in between starts the wait anew.
  PoolState well = JudgeAt(kNoon + Seconds(300), Counts({{kCompliant, 10}}), pool, first).state;
  EXPECT_TRUE(well.pending.empty());
  EXPECT_EQ(JudgeAt(kNoon + Seconds(601), failing, pool, well).state.grade, kConditional);
}

TEST(JudgePool, ARuleMayHaveThresholdsOfItsOwn) {
  PoolSpec pool;
  pool.rule_thresholds["hypervisor"] = {.enter = 1, .enter_for = Seconds(0), .leave = 0};
  PoolCounts counts = Counts({{kCompliant, 98}, {kNoncompliant, 2}});
  counts.rules["size"][kNoncompliant] = 2;
  EXPECT_EQ(GradeOf(counts, pool), kConditional);
  counts.rules["hypervisor"][kNoncompliant] = 1;
  EXPECT_EQ(GradeOf(counts, pool), kNoncompliant);
  counts.rules["hypervisor"].clear();
  PoolState bad{kNoncompliant, kNoon, {}};
  EXPECT_EQ(JudgeAt(kNoon, counts, pool, bad).state.grade, kConditional);
}

// A pool that waits a minute for its own share, and two hours for that of a rule.
PoolSpec WithCanary() {
  PoolSpec pool;
  pool.thresholds = {.enter = 50, .enter_for = Seconds(60), .leave = 20};
  pool.rule_thresholds["hypervisor"] = {.enter = 1, .enter_for = Seconds(7200), .leave = 0};
  return pool;
}

PoolCounts FailingHypervisor(std::int64_t failing) {
  PoolCounts counts = Counts({{kCompliant, 4 - failing}, {kNoncompliant, failing}});
  counts.rules["hypervisor"][kNoncompliant] = failing;
  return counts;
}

TEST(JudgePool, EveryShareLastsOnItsOwn) {
  const PoolSpec pool = WithCanary();
  const auto at = [](int seconds) { return kNoon + Seconds(seconds); };
  PoolState state = JudgeAt(kNoon, FailingHypervisor(1), pool).state;
  EXPECT_EQ(state.pending, (std::map<std::string, Time, std::less<>>{{"hypervisor", kNoon}}));
  state = JudgeAt(at(90), FailingHypervisor(4), pool, state).state;
  EXPECT_EQ(state.grade, kConditional) << "the rule's 90 s are not the pool's 60 s";
  EXPECT_EQ(state.pending.at(""), at(90));
  EXPECT_EQ(state.pending.at("hypervisor"), kNoon);
  EXPECT_EQ(JudgeAt(at(149), FailingHypervisor(4), pool, state).state, state);
  EXPECT_EQ(JudgeAt(at(150), FailingHypervisor(4), pool, state).state.grade, kNoncompliant);
  // One share's recovery leaves the other's wait alone.
  state = JudgeAt(at(120), FailingHypervisor(1), pool, state).state;
  EXPECT_EQ(JudgeAt(at(7199), FailingHypervisor(1), pool, state).state.grade, kConditional);
  EXPECT_EQ(JudgeAt(at(7200), FailingHypervisor(1), pool, state).state.grade, kNoncompliant);
}

std::vector<std::string> Texts(const PoolVerdict& verdict) {
  std::vector<std::string> texts;
  for (const auto& reason : verdict.reasons) texts.push_back(reason.text);
  return texts;
}

TEST(JudgePool, ReasonsGoByWeight) {
  PoolCounts counts = Counts({{kNoncompliant, 38}, {kUnknown, 2}}, 1);
  counts.rules["hypervisor"] = {{kNoncompliant, 38}, {kUnknown, 1}};
  counts.rules["size"] = {{kConditional, 39}, {kUnknown, 1}};
  counts.rules["hint"] = {{kNoncompliant, 40}};  // info: never a reason
  EXPECT_EQ(Texts(JudgeAt(kNoon, counts)),
            (std::vector<std::string>{"38 of 40 desktops fail: A good hypervisor",
                                      "1 of 41 desktops fell silent",
                                      "1 of 40 desktops cannot be judged: A good hypervisor",
                                      "1 of 40 desktops cannot be judged: A good size",
                                      "39 of 40 desktops pass with conditions: A good size"}));
}

TEST(JudgePool, SaysWhatItsDesktopsAreTold) {
  PoolCounts counts = Counts({{kNoncompliant, 3}});
  counts.rules["hypervisor"] = {{kNoncompliant, 3}};
  counts.whys["hypervisor"] = {{kNoncompliant, "The desktop runs on KVM."}};
  EXPECT_EQ(Texts(JudgeAt(kNoon, counts)).at(0), "3 of 3 desktops: The desktop runs on KVM.");
}

TEST(JudgePool, SaysWhyTimeHoldsTheGrade) {
  PoolState bad{kNoncompliant, kNoon, {}};
  PoolVerdict held = JudgeAt(kNoon, Counts({{kCompliant, 93}, {kNoncompliant, 7}}), {}, bad);
  EXPECT_EQ(held.reasons.at(0).text, "7 % fail; the pool stays noncompliant until 5 % or fewer do");
  PoolSpec pool;
  pool.thresholds.enter_for = Seconds(600);
  PoolVerdict pending = JudgeAt(kNoon, Counts({{kNoncompliant, 4}}), pool);
  EXPECT_EQ(Texts(pending).at(0),
            "100 % fail since 2027-01-15T08:00:00Z; the pool is noncompliant if that lasts until "
            "2027-01-15T08:10:00Z");
  EXPECT_EQ(JudgeAt(kNoon, Counts({{kCompliant, 4}})).reasons.at(0).text,
            "4 of 4 desktops compliant");
}

TEST(JudgePool, SaysOfWhichRuleAShareWaitsOrHolds) {
  PoolSpec pool = WithCanary();
  EXPECT_EQ(Texts(JudgeAt(kNoon, FailingHypervisor(1), pool)).at(0),
            "25 % fail the rule hypervisor since 2027-01-15T08:00:00Z; the pool is noncompliant if "
            "that lasts until 2027-01-15T10:00:00Z");
  pool.rule_thresholds["hypervisor"].enter = 30;
  PoolState bad{kNoncompliant, kNoon, {}};
  const auto held = Texts(JudgeAt(kNoon, FailingHypervisor(1), pool, bad));
  EXPECT_EQ(
      std::ranges::count(held,
                         "25 % fail the rule hypervisor; the pool stays noncompliant until 0 % or "
                         "fewer do"),
      1);
}

TEST(JudgePool, WhereARuleIsOpenAndThatIsInformationItIsNoReason) {
  const PolicySet set =
      GoodSet("pack: p\nrules:\n  - {id: r, if_unknown: info, require: {platform.kind: vmware}}\n");
  PoolCounts counts = Counts({{kCompliant, 4}});
  counts.rules["r"][kUnknown] = 4;
  EXPECT_EQ(JudgePool(set, {}, counts, std::nullopt, kNoon).reasons.size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::policy
