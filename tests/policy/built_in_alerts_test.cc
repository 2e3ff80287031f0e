// Which alerts the built-in pack raises, and which not.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "policy/alert_causes.h"
#include "policy/evaluate.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

const Time kNoon = FromUnix(1'800'000'000);

// A well set up desktop that Citrix delivers from VMware.
Facts Desktop() {
  return {{"os.family", Known("windows")},
          {"platform.kind", Known("vmware")},
          {"platform.role", Known("guest")},
          {"vdi.broker", Known("citrix")},
          {"nested_virtualization.available", Known(true)},
          {"wsl.usable", Known(true)},
          {"persistence.verdict", Known("persistent")},
          {"cpu.logical_processors", Known(std::int64_t{4})},
          {"memory.total_mib", Known(std::int64_t{16384})},
          {"docker_desktop.installed", Known(true)},
          {"docker_desktop.version", Known("4.43.1")},
          {"docker_desktop.backend", Known("wsl2")},
          {"docker_desktop.engine_mode", Known("local")},
          {"docker_desktop.instances", Known(std::int64_t{1})}};
}

Facts OnXen(const char* engine_mode) {
  Facts facts = Desktop();
  facts["platform.kind"] = Known("xen_server");
  facts["nested_virtualization.available"] = Known(false);
  facts["wsl.usable"] = Known(false);
  facts["docker_desktop.engine_mode"] = Known(engine_mode);
  return facts;
}

// The names of the alerts on a pool of these desktops.
std::set<std::string> AlertsOf(const std::vector<Facts>& desktops, Docker docker = Docker::kAllowed,
                               std::vector<AlertCause>* all = nullptr) {
  static const PolicySet kSet = *RequireGood(LoadPolicy({BuiltInPack()}));
  PoolSpec pool;
  pool.docker = docker;
  pool.attributes = {{"license", "docker_business"}};
  PoolCounts counts;
  counts.desktops = counts.reporting = static_cast<std::int64_t>(desktops.size());
  for (const Facts& facts : desktops) {
    const Verdict verdict = Evaluate(kSet, facts, pool.attributes, kNoon);
    ++counts.grades[verdict.grade];
    for (const RuleVerdict& rule : verdict.rules) {
      ++counts.rules[rule.rule][rule.grade];
      counts.whys[rule.rule][rule.grade] = rule.why;
    }
  }
  const auto causes = PoolAlertCauses(kSet, pool, counts, JudgePool(kSet, pool, counts, {}, kNoon));
  std::set<std::string> names;
  for (const AlertCause& cause : causes) {
    if (cause.holds == Holds::kYes) names.insert(cause.name);
  }
  if (all) *all = causes;
  return names;
}

TEST(BuiltInAlerts, AGoodPoolHasNone) { EXPECT_TRUE(AlertsOf({Desktop(), Desktop()}).empty()); }

TEST(BuiltInAlerts, ACitrixPoolOnXenIsNamedSo) {
  std::vector<AlertCause> causes;
  const auto names = AlertsOf({OnXen("local"), OnXen("local")}, Docker::kAllowed, &causes);
  EXPECT_TRUE(names.contains("CitrixOnXenPool"));
  const auto xen = std::ranges::find(causes, "CitrixOnXenPool", &AlertCause::name);
  EXPECT_EQ(xen->cause, "citrix-on-xen");
  EXPECT_EQ(xen->severity, Severity::kCritical) << "the rule's";
  EXPECT_EQ(xen->desktops, 2);
  EXPECT_EQ(xen->of, 2);
  EXPECT_EQ(xen->text.find("2 of 2 desktops: "), 0u) << xen->text;
  EXPECT_NE(xen->text.find("xen_server"), std::string::npos) << "why: " << xen->text;
  EXPECT_FALSE(xen->remediation.empty());
}

TEST(BuiltInAlerts, AXenPoolInDockersCloudDoesNotFireTheXenAlert) {
  EXPECT_TRUE(AlertsOf({OnXen("cloud"), OnXen("cloud")}).empty());
  // One in twenty is below the pool's share; one in four is not.
  std::vector<Facts> mixed(19, OnXen("cloud"));
  mixed.push_back(OnXen("local"));
  EXPECT_FALSE(AlertsOf(mixed).contains("CitrixOnXenPool"));
  mixed.resize(3, OnXen("cloud"));
  mixed.push_back(OnXen("local"));
  EXPECT_TRUE(AlertsOf(mixed).contains("CitrixOnXenPool"));
}

TEST(BuiltInAlerts, ANonPersistentPoolIsNamedSo) {
  Facts pooled = Desktop();
  pooled["persistence.verdict"] = Known("non_persistent");
  const auto names = AlertsOf({pooled, pooled});
  EXPECT_EQ(names, (std::set<std::string>{"NonPersistentPool"}));
}

TEST(BuiltInAlerts, AnyOtherRuleMakesAPoolNoncompliant) {
  Facts small = Desktop();
  small["docker_desktop.instances"] = Known(std::int64_t{2});
  EXPECT_TRUE(AlertsOf({small, small}).contains("PoolNoncompliant"));
}

TEST(BuiltInAlerts, APoolThatNeverRunsDockerHasNone) {
  Facts bad = OnXen("local");
  bad["persistence.verdict"] = Known("non_persistent");
  EXPECT_FALSE(AlertsOf({bad, bad}, Docker::kRequired).empty());
  EXPECT_TRUE(AlertsOf({bad, bad}, Docker::kNone).empty());
}

}  // namespace
}  // namespace vdiwatch::policy
