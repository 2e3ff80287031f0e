#include <gtest/gtest.h>

#include "policy/parse.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

TEST(Pools, ReadsAllOfAPool) {
  PolicySet set = GoodSet(
      "pools:\n"
      "  - name: developers\n"
      "    docker: required\n"
      "    attributes: {license: docker_business, site: 12}\n"
      "    expected_members: 150\n"
      "    stale_after: 90m\n"
      "    retire_after: 14d\n"
      "    thresholds:\n"
      "      {enter: 20%, for: 10m, leave: 7.5%, minimum_reporting: 5, maximum_unknown: 30%,\n"
      "       minimum_coverage: 80%, rules: {single-instance: {enter: 1%, for: 0}}}\n"
      "  - name: kiosks\n");
  ASSERT_EQ(set.pools.size(), 2u);
  const PoolSpec& pool = set.PoolNamed("developers");
  EXPECT_EQ(pool.docker, Docker::kRequired);
  EXPECT_EQ(pool.attributes.at("license"), "docker_business");
  EXPECT_EQ(pool.attributes.at("site"), "12");
  EXPECT_EQ(pool.expected_members, 150);
  EXPECT_EQ(pool.stale_after, Seconds(90 * 60));
  EXPECT_EQ(pool.retire_after, Seconds(14 * 86400));
  EXPECT_EQ(pool.thresholds.enter, 20);
  EXPECT_EQ(pool.thresholds.enter_for, Seconds(600));
  EXPECT_EQ(pool.thresholds.leave, 7.5);
  EXPECT_EQ(pool.thresholds.minimum_reporting, 5);
  EXPECT_EQ(pool.thresholds.maximum_unknown, 30);
  EXPECT_EQ(pool.thresholds.minimum_coverage, 80);
  const Thresholds& own = pool.rule_thresholds.at("single-instance");
  EXPECT_EQ(own.enter, 1);
  EXPECT_EQ(own.leave, 0.5);  // follows an `enter` below the pool's `leave`
  EXPECT_EQ(own.enter_for, Seconds(0));
}

TEST(Pools, WhatIsNotSaidHasItsDefault) {
  PolicySet set = GoodSet("pools: [{name: kiosks}]\n");
  const PoolSpec& pool = set.PoolNamed("kiosks");
  EXPECT_EQ(pool.docker, Docker::kAllowed);
  EXPECT_EQ(pool.thresholds.enter, 10);
  EXPECT_EQ(pool.thresholds.leave, 5);
  EXPECT_EQ(pool.stale_after, Seconds(2 * 3600));
  EXPECT_FALSE(pool.expected_members);
  EXPECT_EQ(set.PoolNamed("elsewhere").thresholds.maximum_unknown, 20);
}

TEST(Pools, SharesAreWrittenWithTheirSign) {
  for (const char* share : {"10", "0.1", "'0.5'", "1e1", "101%", "nan%"}) {
    EXPECT_NE(MistakesIn(std::string("pools: [{name: x, thresholds: {enter: ") + share + "}}]\n"),
              "")
        << share;
  }
  for (const char* share : {"10%", "'10 %'", "33.3%"}) {
    EXPECT_EQ(MistakesIn(std::string("pools: [{name: x, thresholds: {enter: ") + share + "}}]\n"),
              "")
        << share;
  }
}

TEST(Pools, WhatCanNeverBeMetIsRefused) {
  EXPECT_EQ(
      MistakesIn("pools: [{name: x, expected_members: 5, thresholds: {minimum_reporting: 10}}]\n"),
      "p.yaml:1:37: 'minimum_reporting' (10) is above 'expected_members' (5): the pool would "
      "always be unknown\n");
  EXPECT_EQ(MistakesIn("pools: [{name: x, stale_after: 0s}]\n"),
            "p.yaml:1:32: 'stale_after' must be longer than the time between check-ins\n");
}

TEST(ParseSpan, ReadsOneNumberAndOneUnit) {
  EXPECT_EQ(ParseSpan("90s"), Seconds(90));
  EXPECT_EQ(ParseSpan("15m"), Seconds(900));
  EXPECT_EQ(ParseSpan("2h"), Seconds(7200));
  EXPECT_EQ(ParseSpan("30d"), Seconds(30 * 86400));
  EXPECT_EQ(ParseSpan("0"), Seconds(0));
  for (auto text : {"", "s", "15", "-1m", "1.5h", "2 h", "9999999999d", "99999999999999999999s"}) {
    EXPECT_EQ(ParseSpan(text), std::nullopt) << text;
  }
}

TEST(PolicySet, IsNamedByAllOfItsFiles) {
  PolicyFile a{"a.yaml", "pools: [{name: x}]\n"}, b{"b.yaml", "pools: [{name: y}]\n"};
  auto digest = [](std::vector<PolicyFile> files) { return LoadPolicy(files).set.digest; };
  EXPECT_TRUE(digest({a}).starts_with("sha256:"));
  EXPECT_EQ(digest({a, b}), digest({b, a}));
  EXPECT_NE(digest({a}), digest({a, b}));
  EXPECT_EQ(digest({a, b}), digest({{"/etc/vdiwatch/b.yaml", b.text}, {"C:\\p\\a.yaml", a.text}}))
      << "wherever they stand";
  EXPECT_NE(digest({a, b}), digest({{"a.yaml", b.text}, {"b.yaml", a.text}}));
  EXPECT_NE(digest({a}), digest({{"a.yaml", "pools: [{name: z}]\n"}}));
}

TEST(PolicySet, FindsRulesInAllPacks) {
  PolicySet set = GoodSet(
      "pack: one\nrules: [{id: a, require: {platform.kind: vmware}}]\n---\n"
      "pack: two\nrules: [{id: b, require: {platform.kind: vmware}}]\n");
  ASSERT_NE(set.FindRule("b"), nullptr);
  EXPECT_EQ(set.FindRule("b")->title, "b");
  EXPECT_EQ(set.FindRule("c"), nullptr);
}

}  // namespace
}  // namespace vdiwatch::policy
