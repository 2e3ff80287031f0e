// The desktops of tests/policies/desktops.yaml, judged by the built-in pack.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "policy/evaluate.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

constexpr auto kDesktops = VDIWATCH_SOURCE_DIR "/tests/policies/desktops.yaml";
constexpr auto kExpected = VDIWATCH_SOURCE_DIR "/tests/policies/desktops.expected";

struct Desktop {
  std::string name;
  Facts facts;
  PoolAttributes pool;
  std::string grade, rule;
};

void ReadFacts(const Yaml& node, const ParseContext& context, Facts& facts) {
  for (const auto& [key, value] : node.entries) {
    const FactSpec* spec = FindFact(key.text);
    ASSERT_TRUE(spec) << key.text;
    if (value.kind == Yaml::Kind::kMap) {
      auto why = ParseMissing(value.Find("missing")->text);
      ASSERT_TRUE(why) << key.text;
      facts[key.text] = Unknown(*why);
    } else if (auto read = ParseFactValue(*spec, value, context)) {
      facts[key.text] = Known(*read);
    }
  }
}

Desktop ReadDesktop(const Yaml& node, const std::vector<Desktop>& before,
                    const ParseContext& context) {
  YamlMap map = context.Map(node, "a desktop");
  Desktop desktop;
  std::string like = map.TextOr("like", "");
  if (!like.empty()) {
    auto found = std::ranges::find(before, like, &Desktop::name);
    EXPECT_NE(found, before.end()) << like;
    if (found != before.end()) desktop = *found;
  }
  desktop.name = map.Text("name");
  if (const Yaml* facts = map.Optional("facts")) ReadFacts(*facts, context, desktop.facts);
  if (const Yaml* pool = map.Optional("pool")) {
    desktop.pool.clear();
    for (const auto& [key, value] : pool->entries) desktop.pool[key.text] = value.text;
  }
  desktop.grade = map.Text("grade");
  desktop.rule = map.Text("rule");
  map.Finish();
  return desktop;
}

std::vector<Desktop> ReadDesktops() {
  auto text = ReadFile(kDesktops, 1 << 20);
  EXPECT_TRUE(text);
  std::vector<Diagnostic> mistakes;
  ParseContext context{"desktops.yaml", mistakes};
  auto documents = ParseYaml(text ? *text : "", context.file, mistakes);
  std::vector<Desktop> desktops;
  for (const Yaml& item : documents.at(0).items) {
    desktops.push_back(ReadDesktop(item, desktops, context));
  }
  for (const auto& mistake : mistakes) ADD_FAILURE() << ToString(mistake);
  return desktops;
}

// The first counted rule that has the desktop's grade.
std::string DecisiveRule(const Verdict& verdict) {
  for (const RuleVerdict& rule : verdict.rules) {
    if (rule.severity != Severity::kInfo && rule.grade == verdict.grade) return rule.rule;
  }
  return "none";
}

// What is not as it should be, worst first; and of the rest, one.
std::string Said(const Desktop& desktop, const Verdict& verdict) {
  std::string text = fmt::format("== {}: {}\n", desktop.name, ToString(verdict.grade));
  for (const RuleVerdict& rule : verdict.rules) {
    bool fine = rule.grade == Grade::kCompliant || rule.grade == Grade::kNotApplicable;
    if (fine && rule.rule != desktop.rule) continue;
    text += fmt::format("{}{} ({}): {}\n", rule.severity == Severity::kInfo ? "   info, " : "   ",
                        ToString(rule.grade), rule.rule, rule.why);
  }
  return text + "\n";
}

// VDIWATCH_REWRITE=1 writes the sentences instead of comparing them.
TEST(Desktops, AreJudgedAndExplainedAsWritten) {
  auto set = RequireGood(LoadPolicy({BuiltInPack()}));
  ASSERT_TRUE(set) << set.error().message;
  std::string said;
  auto desktops = ReadDesktops();
  EXPECT_GE(desktops.size(), 40u);
  for (const Desktop& desktop : desktops) {
    Verdict verdict = Evaluate(*set, desktop.facts, desktop.pool, Time());
    EXPECT_EQ(ToString(verdict.grade), desktop.grade) << desktop.name;
    EXPECT_EQ(DecisiveRule(verdict), desktop.rule) << desktop.name;
    said += Said(desktop, verdict);
  }
  if (std::getenv("VDIWATCH_REWRITE")) {
    ASSERT_TRUE(WriteFile(kExpected, said, FileMode::kPublic));
  }
  auto expected = ReadFile(kExpected, 1 << 20);
  ASSERT_TRUE(expected) << expected.error().message;
  EXPECT_EQ(said, *expected) << "run this test with VDIWATCH_REWRITE=1, and read what it wrote";
}

}  // namespace
}  // namespace vdiwatch::policy
