#include "policy/evaluate.h"

#include <gtest/gtest.h>

#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

const Facts kVmware = {{"platform.kind", Known("vmware")}};
const Facts kXen = {{"platform.kind", Known("xen")}};
const Facts kDenied = {{"platform.kind", Unknown(Missing::kDenied)}};

Grade GradeOf(std::string_view body, const Facts& facts, const PoolAttributes& pool = {}) {
  return EvaluateRule(RuleOf(body), facts, pool).grade;
}

TEST(EvaluateRule, RequireDecides) {
  constexpr auto kRule = "    require: {platform.kind: vmware}\n";
  EXPECT_EQ(GradeOf(kRule, kVmware), Grade::kCompliant);
  EXPECT_EQ(GradeOf(kRule, kXen), Grade::kNoncompliant);
  EXPECT_EQ(GradeOf(kRule, kDenied), Grade::kUnknown);
  EXPECT_EQ(GradeOf(kRule, {}), Grade::kUnknown);
}

TEST(EvaluateRule, AppliesWhenComesFirst) {
  constexpr auto kRule =
      "    applies_when: {platform.role: guest}\n    require: {platform.kind: vmware}\n";
  Facts host = {{"platform.role", Known("host")}};
  EXPECT_EQ(GradeOf(kRule, host), Grade::kNotApplicable);
  // Unknown whether it applies is unknown, even where it would hold.
  EXPECT_EQ(GradeOf(kRule, kVmware), Grade::kUnknown);
}

constexpr auto kExceptions =
    "    require: {platform.kind: vmware}\n"
    "    otherwise: noncompliant\n"
    "    conditions:\n"
    "      - {when: {wsl.usable: true}, grade: conditional}\n"
    "      - {when: {os.multi_session: true}, grade: conditional}\n"
    "      - {when: {feature.hyper_v: enabled}, grade: noncompliant}\n";

Facts With(Facts facts, std::string_view key, Fact fact) {
  facts[std::string(key)] = std::move(fact);
  return facts;
}

TEST(EvaluateRule, TheFirstExceptionThatMatchesWins) {
  Facts facts = With(kXen, "wsl.usable", Known(false));
  facts["os.multi_session"] = Known(true);
  EXPECT_EQ(GradeOf(kExceptions, facts), Grade::kConditional);
  facts["os.multi_session"] = Known(false);
  facts["feature.hyper_v"] = Known("enabled");
  EXPECT_EQ(GradeOf(kExceptions, facts), Grade::kNoncompliant);
  EXPECT_EQ(GradeOf(kExceptions, With(kVmware, "wsl.usable", Known(true))), Grade::kCompliant);
}

TEST(EvaluateRule, AnUnknownConditionLeavesTheRuleUnknownUnlessAllOutcomesAgree) {
  Facts facts = With(kXen, "wsl.usable", Unknown(Missing::kFailed));
  facts["os.multi_session"] = Known(true);
  EXPECT_EQ(GradeOf(kExceptions, facts), Grade::kConditional);  // both ways conditional
  facts["os.multi_session"] = Known(false);
  EXPECT_EQ(GradeOf(kExceptions, facts), Grade::kUnknown);  // conditional or noncompliant
  facts["wsl.usable"] = Known(false);
  facts["feature.hyper_v"] = Unknown(Missing::kDenied);
  EXPECT_EQ(GradeOf(kExceptions, facts), Grade::kNoncompliant);  // both ways noncompliant
  EXPECT_EQ(GradeOf(kExceptions, With(kDenied, "wsl.usable", Known(true))), Grade::kUnknown);
}

TEST(EvaluateRule, ARuleOverFactsOfAnotherOsDoesNotApply) {
  Facts facts = {{"os.family", Known("linux")}, {"wsl.usable", Unknown(Missing::kNotGathered)}};
  EXPECT_EQ(GradeOf("    require: {wsl.usable: true}\n", facts), Grade::kNotApplicable);
  EXPECT_EQ(GradeOf("    require: {not: {any: [{wsl.usable: true}]}}\n", facts),
            Grade::kNotApplicable);
  facts["os.family"] = Known("windows");
  EXPECT_EQ(GradeOf("    require: {wsl.usable: true}\n", facts), Grade::kUnknown);
}

TEST(Evaluate, WhereUnknownIsInformationItIsShownAndNotCounted) {
  PolicySet set = GoodSet(
      "pack: p\nrules:\n"
      "  - {id: kind, severity: critical, require: {platform.kind: vmware}}\n"
      "  - {id: product, severity: major, if_unknown: info, require: {platform.product: esxi}}\n");
  auto judged = [&](Fact product) {
    return Evaluate(set, With(kVmware, "platform.product", std::move(product)), {}, Time());
  };
  Verdict open = judged(Unknown(Missing::kUndetermined));
  EXPECT_EQ(open.grade, Grade::kCompliant);
  EXPECT_EQ(open.rules[0].rule, "product");
  EXPECT_EQ(open.rules[0].grade, Grade::kUnknown);
  EXPECT_EQ(open.rules[0].severity, Severity::kInfo);
  EXPECT_EQ(judged(Known("esxi")).grade, Grade::kCompliant);
  Verdict wrong = judged(Known("fusion"));
  EXPECT_EQ(wrong.grade, Grade::kNoncompliant);
  EXPECT_EQ(wrong.rules[0].severity, Severity::kMajor);
}

PolicySet ThreeRules() {
  return GoodSet(
      "pack: p\nrules:\n"
      "  - {id: minor, severity: minor, require: {platform.kind: vmware}, otherwise: conditional}\n"
      "  - {id: info, severity: info, require: {os.multi_session: false}}\n"
      "  - {id: critical, severity: critical, require: {platform.kind: {in: [vmware, azure]}}}\n"
      "  - {id: late, severity: major, applies_when: {platform.kind: gcp}, require: {wsl.usable: "
      "true}}\n");
}

TEST(Evaluate, TheDesktopHasTheWorstCountedGrade) {
  PolicySet set = ThreeRules();
  EXPECT_EQ(Evaluate(set, kVmware, {}, Time()).grade, Grade::kCompliant);  // info is unknown
  EXPECT_EQ(Evaluate(set, {{"platform.kind", Known("azure")}}, {}, Time()).grade,
            Grade::kConditional);
  EXPECT_EQ(Evaluate(set, kXen, {}, Time()).grade, Grade::kNoncompliant);
  EXPECT_EQ(Evaluate(set, kDenied, {}, Time()).grade, Grade::kUnknown);
  EXPECT_EQ(Evaluate(PolicySet(), kVmware, {}, Time()).grade, Grade::kNotApplicable);
}

TEST(Evaluate, ListsTheWorstAndMostSevereFirst) {
  std::vector<std::string> order;
  for (const auto& rule : Evaluate(ThreeRules(), kXen, {}, Time()).rules)
    order.push_back(rule.rule);
  EXPECT_EQ(order, (std::vector<std::string>{"critical", "info", "minor", "late"}));
}

TEST(Evaluate, AsJsonShowsTheFactsItRestsOn) {
  Json json = VerdictToJson(Evaluate(ThreeRules(), kXen, {}, Time()), kXen);
  EXPECT_EQ(json["grade"], "noncompliant");
  const Json& rule = json["rules"][0];
  EXPECT_EQ(rule["id"], "critical");
  EXPECT_EQ(rule["grade"], "noncompliant");
  EXPECT_EQ(rule["facts"]["platform.kind"]["value"], "xen");
  EXPECT_EQ(json["rules"][1]["facts"]["os.multi_session"]["missing"], "not_gathered");
  for (auto key :
       {"title", "severity", "why", "expected", "actual", "remediation", "contact", "url"}) {
    EXPECT_TRUE(rule.contains(key)) << key;
  }
}

TEST(RunRuleTests, SaysWhichDoNotHoldAndWhere) {
  PolicySet set = GoodSet(PackOf(
      "    require: {platform.kind: vmware, pool.site: x}\n"
      "    tests:\n"
      "      - {facts: {platform.kind: vmware}, pool: {site: x}, expect: compliant}\n"
      "      - {name: clouds, facts: {platform.kind: azure}, expect: compliant}\n"
      "      - {facts: {platform.kind: {missing: denied}}, pool: {site: x}, expect: unknown}\n"));
  auto failures = RunRuleTests(set);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(ToString(failures[0]),
            "p.yaml:7:9: rule 'r' (clouds): expected compliant, got noncompliant: The desktop runs "
            "on Azure (platform.kind = azure); expected VMware.");
}

}  // namespace
}  // namespace vdiwatch::policy
