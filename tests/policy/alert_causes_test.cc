#include "policy/alert_causes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

const Time kNoon = FromUnix(1'800'000'000);

PolicySet Rules() {
  return GoodSet(
      "pack: p\nrules:\n"
      "  - {id: hypervisor, severity: critical, remediation: Move it., title: A good hypervisor, "
      "require: {platform.kind: vmware}}\n"
      "  - {id: size, severity: minor, title: A good size, require: {memory.total_mib: {ge: 1}}}\n"
      "  - {id: xen, severity: info, alert: OnXen, title: Not on Xen, require: {platform.kind: "
      "vmware}}\n");
}

// Of a pool of 100 desktops, so many fail the rule.
struct Pool {
  PoolSpec spec;
  PoolCounts counts;
  std::optional<PoolState> state;

  explicit Pool(std::map<std::string, std::int64_t> failing, std::int64_t silent = 0) {
    spec.thresholds.enter_for = Seconds(0);
    counts.desktops = 100;
    counts.stale = silent;
    counts.reporting = 100 - silent;
    std::int64_t worst = 0;
    for (const auto& [rule, n] : failing) {
      counts.rules[rule] = {{Grade::kNoncompliant, n}, {Grade::kCompliant, counts.reporting - n}};
      if (rule != "xen") worst = std::max(worst, n);
    }
    counts.grades = {{Grade::kNoncompliant, worst}, {Grade::kCompliant, counts.reporting - worst}};
  }

  Holds Look(std::string_view cause) const {
    const auto found = Find(cause);
    return found ? found->holds : Holds::kNo;
  }
  std::optional<AlertCause> Find(std::string_view cause) const {
    const PolicySet set = Rules();
    const auto verdict = JudgePool(set, spec, counts, state, kNoon);
    const auto causes = PoolAlertCauses(set, spec, counts, verdict);
    const auto found = std::ranges::find(causes, cause, &AlertCause::cause);
    return found == causes.end() ? std::nullopt : std::optional(*found);
  }
};

TEST(PoolAlertCauses, AreTheRulesThatFailInANoncompliantPool) {
  const Pool pool({{"hypervisor", 38}, {"size", 3}});
  const auto hypervisor = pool.Find("hypervisor");
  ASSERT_TRUE(hypervisor);
  EXPECT_EQ(hypervisor->holds, Holds::kYes);
  EXPECT_EQ(hypervisor->name, "PoolNoncompliant");
  EXPECT_EQ(hypervisor->severity, Severity::kCritical);
  EXPECT_EQ(hypervisor->text, "38 of 100 desktops: A good hypervisor");
  EXPECT_EQ(hypervisor->remediation, "Move it.");
  EXPECT_EQ(pool.Look("size"), Holds::kNo) << "3 % do not make a pool noncompliant";
  EXPECT_EQ(pool.Look(kPoolNoncompliant), Holds::kNo) << "the rule says it";
}

TEST(PoolAlertCauses, TheGradeItselfWhereNoSingleRuleReachesTheShare) {
  Pool pool({{"hypervisor", 6}, {"size", 4}});
  pool.counts.grades = {{Grade::kNoncompliant, 10}, {Grade::kCompliant, 90}};
  const auto several = pool.Find(kPoolNoncompliant);
  ASSERT_TRUE(several);
  EXPECT_EQ(several->holds, Holds::kYes);
  EXPECT_EQ(several->text,
            "10 of 100 desktops are noncompliant: hypervisor (6 of 100 desktops: A good "
            "hypervisor), size (4 of 100 desktops: A good size)");
  EXPECT_EQ(several->remediation, "hypervisor: Move it.");
  EXPECT_EQ(pool.Look("hypervisor"), Holds::kUnknown) << "above leave: what was open stays so";
  EXPECT_EQ(pool.Look("size"), Holds::kNo);
}

TEST(PoolAlertCauses, ARuleWithANameSpeaksForItself) {
  const Pool pool({{"xen", 40}});
  EXPECT_EQ(pool.Find("xen")->name, "OnXen");
  EXPECT_EQ(pool.Look("xen"), Holds::kYes) << "though the pool is compliant";
  EXPECT_EQ(Pool({{"xen", 7}}).Look("xen"), Holds::kUnknown);
  EXPECT_EQ(Pool({{"xen", 5}}).Look("xen"), Holds::kNo);
}

TEST(PoolAlertCauses, ASilentPoolMendsNothing) {
  const Pool silent({}, 100);
  EXPECT_EQ(silent.Look(kCoverageLost), Holds::kYes);
  for (std::string_view cause : {"hypervisor", "xen", "pool-noncompliant"}) {
    EXPECT_EQ(silent.Look(cause), Holds::kUnknown) << cause;
  }
  EXPECT_EQ(Pool({}, 20).Look(kCoverageLost), Holds::kNo);
  EXPECT_EQ(Pool({}, 21).Look(kCoverageLost), Holds::kYes);
}

TEST(PoolAlertCauses, WhatCannotBeJudgedIsUnknownAndNotSilent) {
  Pool pool({});
  pool.counts.grades = {{Grade::kUnknown, 60}, {Grade::kCompliant, 40}};
  EXPECT_EQ(pool.Look(kPoolUnknown), Holds::kYes);
  EXPECT_EQ(pool.Look(kCoverageLost), Holds::kNo);
}

TEST(PoolAlertCauses, APoolWithoutDesktopsIsNoNews) {
  Pool pool({});
  pool.counts = {};
  EXPECT_EQ(pool.Look(kPoolUnknown), Holds::kNo);
  EXPECT_EQ(pool.Look(kCoverageLost), Holds::kNo);
}

TEST(PoolAlertCauses, FindingsAreCounted) {
  Pool pool({});
  pool.counts.findings[std::string(kClonedIdentities)] = 12;
  const auto cloned = pool.Find(kClonedIdentities);
  ASSERT_TRUE(cloned);
  EXPECT_EQ(cloned->text, "12 of 100 desktops hold one identity that came with their image");
  pool.counts.findings.clear();
  EXPECT_EQ(pool.Look(kClonedIdentities), Holds::kNo);
}

TEST(PoolAlertCauses, APoolThatNeverRunsDockerHasNone) {
  Pool pool({{"hypervisor", 90}, {"xen", 90}});
  pool.spec.docker = Docker::kNone;
  pool.counts.findings[std::string(kClonedIdentities)] = 12;
  for (std::string_view cause : {"hypervisor", "xen", "cloned-identities"}) {
    EXPECT_EQ(pool.Look(cause), Holds::kNo) << cause;
  }
}

}  // namespace
}  // namespace vdiwatch::policy
