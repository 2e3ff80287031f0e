#include "policy/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report/catalogue.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

const Time kNoon = FromUnix(1'800'000'000);

constexpr auto kToday = R"(
pack: p
rules:
  - {id: hypervisor, severity: critical, require: {platform.kind: vmware}}
  - {id: memory, severity: minor, otherwise: conditional, require: {memory.total_mib: {ge: 4096}}}
  - {id: hint, severity: info, require: {wsl.usable: true}}
---
pools:
  - {name: a, docker: required, attributes: {license: docker_business}}
  - {name: idle, docker: none}
)";

Facts FactsOf(const std::string& platform, std::int64_t memory) {
  return {{"platform.kind", Known(FactValue(platform))},
          {"memory.total_mib", Known(FactValue(memory))}};
}

// Today's policy with one text in place of another.
PolicySet Instead(const std::string& before, const std::string& after) {
  std::string text = kToday;
  const auto at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before;
  return GoodSet(text.replace(at, before.size(), after));
}

// Pools a (1), b (2) and idle (3): VMware with 8 and 2 GiB, and Azure.
Plan PlanTo(const PolicySet& next, const PolicySet& current = GoodSet(kToday)) {
  Planner planner(current, next, kNoon);
  std::int64_t id = 0;
  for (const char* name : {"a", "b", "idle"}) {
    planner.AddPool(++id, name, std::nullopt);
    planner.AddProfile(10 * id + 1, id, FactsOf("vmware", 8192), {.reporting = 80, .stale = 2});
    planner.AddProfile(10 * id + 2, id, FactsOf("vmware", 2048), {.reporting = 15, .stale = 0});
    planner.AddProfile(10 * id + 3, id, FactsOf("azure", 8192), {.reporting = 4, .stale = 0});
    planner.AddUnjudged(id, {.reporting = 1, .stale = 1});
  }
  return planner.Finish();
}

TEST(Plan, TheSamePolicyChangesNothing) {
  const Plan plan = PlanTo(GoodSet(kToday));
  EXPECT_EQ(plan.pools, 3);
  EXPECT_EQ(plan.desktops, 309);
  EXPECT_EQ(plan.reporting, 300);
  EXPECT_EQ(plan.changing, 0);
  EXPECT_TRUE(plan.desktop_changes.empty());
  EXPECT_TRUE(plan.pool_changes.empty());
  EXPECT_TRUE(plan.alerts.empty());
  EXPECT_TRUE(plan.difference.rules_changed.empty());
  EXPECT_TRUE(plan.difference.pools_changed.empty());
}

TEST(Plan, NamesTheRuleThatMakesDesktopsFailAndTheAlertsThatFollow) {
  const Plan plan =
      PlanTo(Instead("otherwise: conditional, require: {memory.total_mib: {ge: 4096}}",
                     "require: {memory.total_mib: {ge: 4096}}"));
  ASSERT_EQ(plan.desktop_changes.size(), 1u);
  const GradeChange& change = plan.desktop_changes[0];
  EXPECT_EQ(change.from, Grade::kConditional);
  EXPECT_EQ(change.to, Grade::kNoncompliant);
  EXPECT_EQ(change.desktops, 45);
  EXPECT_EQ(change.pools.at("b"), 15);
  ASSERT_EQ(change.causes.size(), 1u);
  EXPECT_EQ(change.causes[0].rule, "memory");
  EXPECT_EQ(change.causes[0].from, Grade::kConditional);
  EXPECT_EQ(change.causes[0].to, Grade::kNoncompliant);
  EXPECT_NE(change.causes[0].why.find("memory.total_mib = 2048"), std::string::npos)
      << change.causes[0].why;
  EXPECT_EQ(change.causes[0].profiles.at(0).first, 15);

  ASSERT_EQ(plan.pool_changes.size(), 3u);  // 19 % fail
  EXPECT_EQ(plan.pool_changes[0].pool, "a");
  EXPECT_EQ(plan.pool_changes[0].from, Grade::kConditional);
  EXPECT_EQ(plan.pool_changes[0].verdict.state.grade, Grade::kNoncompliant);
  EXPECT_EQ(plan.pool_changes[0].changing, 15);
  ASSERT_EQ(plan.alerts.size(), 2u) << "the rule that fails on 15 %, in a and b; idle never alerts";
  EXPECT_EQ(plan.alerts[0].pool, "a");
  EXPECT_EQ(plan.alerts[0].alert.rule, "memory");
  EXPECT_TRUE(plan.alerts[0].fires);
  EXPECT_EQ(plan.alerts[1].pool, "b");
  ASSERT_EQ(plan.difference.rules_changed.size(), 1u);
  EXPECT_EQ(plan.difference.rules_changed[0].name, "memory");
  EXPECT_EQ(plan.difference.rules_changed[0].keys, std::vector<std::string>{"otherwise"});
}

TEST(Plan, ABetterGradeIsDueToTheRuleThatNoLongerFails) {
  const Plan plan = PlanTo(
      Instead("  - {id: hypervisor, severity: critical, require: {platform.kind: vmware}}\n", ""));
  ASSERT_EQ(plan.desktop_changes.size(), 1u);
  EXPECT_EQ(plan.desktop_changes[0].to, Grade::kCompliant);
  EXPECT_EQ(plan.desktop_changes[0].desktops, 12);
  const RuleCause& cause = plan.desktop_changes[0].causes.at(0);
  EXPECT_EQ(cause.rule, "hypervisor");
  EXPECT_EQ(cause.to, Grade::kNotApplicable);
  EXPECT_NE(cause.why.find("platform.kind = azure"), std::string::npos)
      << "a rule that is gone speaks a last time: " << cause.why;
  EXPECT_EQ(plan.difference.rules_removed, std::vector<std::string>{"hypervisor"});
}

TEST(Plan, InformationThatBeginsToCountIsACause) {
  const Plan plan = PlanTo(Instead("{id: hint, severity: info", "{id: hint, severity: major"));
  ASSERT_FALSE(plan.desktop_changes.empty());
  EXPECT_EQ(plan.desktop_changes[0].causes.at(0).rule, "hint");
  EXPECT_EQ(plan.desktop_changes[0].to, Grade::kUnknown);
  ASSERT_FALSE(plan.alerts.empty());
  EXPECT_EQ(plan.alerts[0].alert.grade, Grade::kUnknown);
  EXPECT_EQ(plan.alerts[0].alert.rule, "");
}

TEST(Plan, AlertsAreResolvedWhenAPoolLeavesOrIsNoLongerForDocker) {
  const PolicySet strict =
      Instead("{name: a, docker: required, attributes: {license: docker_business}}",
              "{name: a, thresholds: {enter: 2%, leave: 1%}}");
  const Plan eased = PlanTo(GoodSet(kToday), strict);
  ASSERT_EQ(eased.alerts.size(), 1u);
  EXPECT_FALSE(eased.alerts[0].fires);
  EXPECT_EQ(eased.alerts[0].alert.rule, "hypervisor");
  EXPECT_EQ(eased.difference.pools_changed.at(0).keys,
            (std::vector<std::string>{"docker", "attributes", "thresholds"}));
  EXPECT_EQ(eased.pool_changes.at(0).verdict.state.grade, Grade::kConditional);
}

// A pool's failing share must last before it counts; the plan says what it comes to.
TEST(Plan, LooksPastTheTimeThatAShareMustLast) {
  const Plan plan =
      PlanTo(Instead("{name: a, docker: required",
                     "{name: a, thresholds: {enter: 2%, for: 2h, leave: 1%}, docker: required"));
  ASSERT_EQ(plan.pool_changes.size(), 1u);
  EXPECT_EQ(plan.pool_changes[0].verdict.state.grade, Grade::kNoncompliant);
  EXPECT_EQ(plan.pool_changes[0].verdict.state.since, kNoon + Seconds(7200));
}

TEST(Plan, APoolTurnsWhenTheFirstOfItsSharesHasLasted) {
  const Plan plan = PlanTo(
      Instead("{name: a, docker: required",
              "{name: a, thresholds: {enter: 2%, for: 2h, leave: 1%, rules: {hypervisor: {enter: "
              "1%, for: 1h, leave: 0%}, memory: {enter: 50%, for: 1m}}}, docker: required"));
  ASSERT_EQ(plan.pool_changes.size(), 1u);
  EXPECT_EQ(plan.pool_changes[0].verdict.state.since, kNoon + Seconds(3600));
}

TEST(Plan, TheCostFollowsProfiles) {
  const PolicySet set = GoodSet(kToday);
  for (std::int64_t desktops : {10, 1'000'000}) {
    Planner planner(set, set, kNoon);
    planner.AddPool(1, "a", std::nullopt);
    planner.AddProfile(1, 1, FactsOf("vmware", 8192), {.reporting = desktops, .stale = 0});
    planner.AddProfile(2, 1, FactsOf("azure", 8192), {.reporting = desktops, .stale = 0});
    EXPECT_EQ(planner.Finish().evaluations, 2);
  }
}

// Where a rule is open and that is information, it is as if the rule were not there.
TEST(Plan, WhatIsOpenAndInformationChangesNoGrade) {
  const PolicySet counted =
      Instead("- {id: hint,", "- {id: open, require: {wsl.usable: true}}\n  - {id: hint,");
  const PolicySet informed =
      Instead("- {id: hint,",
              "- {id: open, if_unknown: info, require: {wsl.usable: true}}\n  - {id: hint,");
  EXPECT_EQ(PlanTo(informed).changing, 0);
  EXPECT_TRUE(PlanTo(informed).pool_changes.empty());
  const Plan plan = PlanTo(informed, counted);
  ASSERT_EQ(plan.desktop_changes.size(), 2u) << "to conditional and to compliant";
  for (const GradeChange& change : plan.desktop_changes) {
    EXPECT_EQ(change.from, Grade::kUnknown);
    ASSERT_EQ(change.causes.size(), 1u);
    EXPECT_EQ(change.causes[0].rule, "open");
  }
  ASSERT_EQ(plan.difference.rules_changed.size(), 1u);
  EXPECT_EQ(plan.difference.rules_changed[0].keys, std::vector<std::string>{"if_unknown"});
}

// All that the built-in pack asks of a good desktop; a VMware product that is not told is open.
Facts GoodDesktop() {
  Facts facts = FactsOf("vmware", 16384);
  for (const FactSpec& spec : Catalogue()) {
    if (spec.type == FactType::kBool) facts[std::string(spec.key)] = Known(true);
  }
  facts["os.family"] = Known("windows");
  facts["platform.role"] = Known("guest");
  facts["platform.product"] = Unknown(Missing::kUndetermined);
  facts["persistence.verdict"] = Known("persistent");
  facts["cpu.logical_processors"] = Known(std::int64_t{8});
  facts["docker_desktop.instances"] = Known(std::int64_t{1});
  facts["docker_desktop.installs"] = Known(std::int64_t{1});
  facts["docker_desktop.version"] = Known("4.50.0");
  facts["docker_desktop.backend"] = Known("wsl2");
  facts["docker_desktop.engine_mode"] = Known("local");
  facts["identity.duplicate"] = Known("none");
  return facts;
}

TEST(EvaluateGrades, AreThoseOfEvaluateWhereAllElseIsKnown) {
  const PolicySet set = RequireGood(LoadPolicy({BuiltInPack()})).value();
  const Facts facts = GoodDesktop();
  const Verdict verdict = Evaluate(set, facts, {}, kNoon);
  const auto open = std::ranges::find(verdict.rules, Grade::kUnknown, &RuleVerdict::grade);
  ASSERT_NE(open, verdict.rules.end());
  EXPECT_EQ(open->severity, Severity::kInfo) << open->rule;
  EXPECT_NE(verdict.grade, Grade::kUnknown) << open->rule << ": " << open->why;
  EXPECT_EQ(EvaluateGrades(set, facts, {}, kNoon).grade, verdict.grade);
}

TEST(EvaluateGrades, AreThoseOfEvaluate) {
  const PolicySet set = RequireGood(LoadPolicy({BuiltInPack()})).value();
  const auto rules = RulesOf(set);
  for (const char* platform : {"vmware", "azure", "nutanix_ahv", "xen_server", "unheard_of"}) {
    for (const char* persistence : {"persistent", "non_persistent"}) {
      Facts facts = FactsOf(platform, 16384);
      facts["os.family"] = Known("windows");
      facts["platform.role"] = Known("guest");
      facts["persistence.verdict"] = Known(persistence);
      const Verdict verdict = Evaluate(set, facts, {}, kNoon);
      const Grades grades = EvaluateGrades(set, facts, {}, kNoon);
      EXPECT_EQ(grades.grade, verdict.grade);
      ASSERT_EQ(grades.rules.size(), verdict.rules.size());
      for (const RuleVerdict& rule : verdict.rules) {
        const auto place = std::ranges::find(rules, rule.rule, &Rule::id) - rules.begin();
        EXPECT_EQ(grades.rules[static_cast<std::size_t>(place)], rule.grade) << rule.rule;
      }
    }
  }
}

}  // namespace
}  // namespace vdiwatch::policy
