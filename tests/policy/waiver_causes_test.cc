#include "policy/waiver_causes.h"

#include <gtest/gtest.h>

#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

PolicySet Waived() {
  return GoodSet(
      "pack: p\nrules:\n"
      "  - {id: hypervisor, severity: critical, title: A good hypervisor, "
      "require: {platform.kind: vmware}}\n"
      "---\nwaivers:\n"
      "  - {id: lab, rule: hypervisor, pool: finance, owner: jane, reason: it moves, expires: "
      "2026-12-31}\n");
}

TEST(ExpiringWaivers, AreThoseOfTheLastFourteenDaysThatExcuseSomething) {
  const PolicySet set = Waived();
  PoolSpec pool;
  PoolCounts counts;
  counts.desktops = counts.reporting = 40;
  const auto at = [](const char* text) { return *ParseTime(text); };
  EXPECT_TRUE(ExpiringWaivers(set, pool, counts, at("2026-12-20T00:00:00Z")).empty()) << "unused";
  counts.findings[WaiverCause("lab")] = 38;
  EXPECT_TRUE(ExpiringWaivers(set, pool, counts, at("2026-12-01T00:00:00Z")).empty());
  const auto causes = ExpiringWaivers(set, pool, counts, at("2026-12-20T00:00:00Z"));
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].cause, "waiver-expiring/lab");
  EXPECT_EQ(causes[0].severity, Severity::kCritical) << "the rule's";
  EXPECT_EQ(causes[0].rule, "hypervisor");
  EXPECT_EQ(causes[0].desktops, 38);
  EXPECT_EQ(causes[0].of, 40);
  EXPECT_TRUE(ExpiringWaivers(set, pool, counts, at("2027-01-01T00:00:00Z")).empty()) << "over";
  pool.docker = Docker::kNone;
  EXPECT_TRUE(ExpiringWaivers(set, pool, counts, at("2026-12-20T00:00:00Z")).empty());
}

}  // namespace
}  // namespace vdiwatch::policy
