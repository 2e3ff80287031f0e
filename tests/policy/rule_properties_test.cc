// Properties of rules over random input: plain loops with a fixed seed, so that a failure repeats.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "policy/evaluate.h"
#include "policy/grades.h"
#include "tests/policy/policy_text.h"
#include "tests/policy/random.h"

namespace vdiwatch::policy {
namespace {

constexpr Grade kGrades[] = {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                             Grade::kNoncompliant};
constexpr int kRounds = 4'000;

// --- Rules
// ------------------------------------------------------------------------------------------

std::string RandomCondition(Random& random, int depth) {
  constexpr std::string_view kLeaves[] = {"{wsl.usable: true}",
                                          "{wsl.usable: {ne: true}}",
                                          "{platform.kind: {in: [vmware, azure]}}",
                                          "{platform.kind: {not_in: [xen, kvm]}}",
                                          "{cpu.logical_processors: {ge: 4}}",
                                          "{azure.vm_size: {matches: D4}}",
                                          "{docker_desktop.version: {lt: 4.42}}",
                                          "{azure.vm_size: {present: true}}"};
  int kind = depth == 0 ? 0 : random.Below(4);
  if (kind == 0) return std::string(kLeaves[random.Below(8)]);
  if (kind == 1) return "{not: " + RandomCondition(random, depth - 1) + "}";
  return (kind == 2 ? "{any: [" : "{all: [") + RandomCondition(random, depth - 1) + ", " +
         RandomCondition(random, depth - 1) + "]}";
}

Facts RandomFacts(Random& random) {
  Facts facts;
  auto put = [&](const char* key, Fact value) {
    constexpr Missing kReasons[] = {Missing::kAbsent, Missing::kDenied, Missing::kFailed,
                                    Missing::kUndetermined};
    int dice = random.Below(8);
    if (dice < 4) facts[key] = std::move(value);
    if (dice >= 4 && dice < 7) facts[key] = Unknown(kReasons[random.Below(4)]);
  };
  put("wsl.usable", Known(random.Flip()));
  put("platform.kind", Known(random.Flip() ? "vmware" : "xen"));
  put("cpu.logical_processors", Known(std::int64_t{random.Below(8)}));
  put("azure.vm_size", Known(random.Flip() ? "D4s_v5" : "B2ms"));
  put("docker_desktop.version", Known(random.Flip() ? "4.100" : "4.9"));
  return facts;
}

// The rule of a random condition, if lint lets it pass.
std::optional<Rule> RandomRule(Random& random) {
  auto loaded = LoadPolicy({{"p", PackOf("    require: " + RandomCondition(random, 3) + "\n")}});
  if (!loaded.diagnostics.empty()) return std::nullopt;
  return loaded.set.packs[0].rules[0];
}

// All that the open facts might turn out to be, one random choice for each.
Facts Resolve(const Facts& facts, Random& random) {
  Facts resolved;
  for (const char* key : {"wsl.usable", "platform.kind", "cpu.logical_processors", "azure.vm_size",
                          "docker_desktop.version"}) {
    const Fact& fact = FactOf(facts, key);
    bool open = fact.missing() && *fact.missing() != Missing::kAbsent;
    Facts fresh = RandomFacts(random);
    const Fact& guess = FactOf(fresh, key);
    resolved[key] = open ? (guess.value() ? guess : Unknown(Missing::kAbsent)) : fact;
  }
  return resolved;
}

TEST(RuleProperties, WhatIsDecidedStaysWhateverTheOpenFactsTurnOutToBe) {
  Random random;
  int decided = 0, open = 0;
  for (int round = 0; round < kRounds / 4; ++round) {
    auto rule = RandomRule(random);
    if (!rule) continue;
    Facts facts = RandomFacts(random);
    Grade grade = EvaluateRule(*rule, facts, {}).grade;
    if (grade == Grade::kUnknown) {
      ++open;
      continue;
    }
    ++decided;
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(EvaluateRule(*rule, Resolve(facts, random), {}).grade, grade) << "round " << round;
    }
  }
  EXPECT_GT(decided, 100);
  EXPECT_GT(open, 100);
}

// A set of such rules, of every severity and with either answer to an open fact.
PolicySet RandomSet(Random& random) {
  constexpr Severity kSeverities[] = {Severity::kCritical, Severity::kMajor, Severity::kMinor,
                                      Severity::kInfo};
  PolicySet set;
  set.packs.emplace_back();
  const auto size = static_cast<std::size_t>(1 + random.Below(5));
  while (set.packs[0].rules.size() < size) {
    auto rule = RandomRule(random);
    if (!rule) continue;
    rule->id = std::to_string(set.packs[0].rules.size());
    rule->severity = kSeverities[random.Below(4)];
    rule->unknown_counts = random.Flip();
    rule->otherwise = random.Flip() ? Grade::kNoncompliant : Grade::kConditional;
    set.packs[0].rules.push_back(*std::move(rule));
  }
  return set;
}

TEST(RuleProperties, GradesAloneAreThoseOfTheWholeVerdict) {
  Random random;
  std::map<Grade, int> seen;
  for (int round = 0; round < kRounds / 10; ++round) {
    const PolicySet set = RandomSet(random);
    const auto rules = RulesOf(set);
    for (int i = 0; i < 5; ++i) {
      const Facts facts = RandomFacts(random);
      const Verdict verdict = Evaluate(set, facts, {}, Time());
      const Grades grades = EvaluateGrades(set, facts, {}, Time());
      ++seen[verdict.grade];
      ASSERT_EQ(grades.grade, verdict.grade) << "round " << round;
      ASSERT_EQ(grades.rules.size(), verdict.rules.size());
      for (const RuleVerdict& rule : verdict.rules) {
        ASSERT_EQ(grades.rules[std::stoul(rule.rule)], rule.grade) << "round " << round;
      }
    }
  }
  for (Grade grade : kGrades) EXPECT_GT(seen[grade], 10) << ToString(grade);
}

Condition Negated(Condition condition) {
  Condition negation;
  negation.kind = Condition::Kind::kNot;
  negation.children.push_back(std::move(condition));
  return negation;
}

TEST(RuleProperties, UnknownIsUnknownUnderAnyNegation) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    auto rule = RandomRule(random);
    if (!rule) continue;
    Facts facts = RandomFacts(random);
    Truth plain = policy::Test(rule->require, facts, {});
    Truth contrary = policy::Test(Negated(rule->require), facts, {});
    ASSERT_EQ(plain == Truth::kUnknown, contrary == Truth::kUnknown);
    ASSERT_EQ(policy::Test(Negated(Negated(rule->require)), facts, {}), plain);
    if (plain == Truth::kUnknown) {
      rule->require = Negated(rule->require);
      ASSERT_EQ(EvaluateRule(*rule, facts, {}).grade, Grade::kUnknown);
    }
  }
}

TEST(RuleProperties, EveryVerdictHasASentence) {
  Random random;
  for (int round = 0; round < kRounds / 10; ++round) {
    auto rule = RandomRule(random);
    if (!rule) continue;
    RuleVerdict verdict = EvaluateRule(*rule, RandomFacts(random), {});
    ASSERT_TRUE(verdict.why.ends_with('.')) << verdict.why;
    ASSERT_EQ(verdict.why.find("{}"), std::string::npos) << verdict.why;
    ASSERT_FALSE(verdict.facts.empty());
    ASSERT_FALSE(verdict.actual.empty());
  }
}

}  // namespace
}  // namespace vdiwatch::policy
