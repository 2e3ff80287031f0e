#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "policy/policy_set.h"

namespace vdiwatch::policy {
namespace {

std::string RulesOf(const Statement& statement, const PolicySet& set) {
  if (statement.rules.empty()) return "none: " + statement.no_rule;
  std::vector<std::string> cells;
  for (const std::string& id : statement.rules) {
    const Rule& rule = *set.FindRule(id);
    cells.push_back(
        fmt::format("`{}` ({}, {})", id, ToString(rule.severity), ToString(rule.otherwise)));
  }
  return Join(cells, "; ");
}

std::string StatementTable(const PolicySet& set) {
  std::string table =
      "| section of the page | what it says, in our words | rules |\n|---|---|---|\n";
  for (const Statement& statement : set.packs[0].statements) {
    table += fmt::format("| {} | {} | {} |\n", statement.section, statement.says,
                         RulesOf(statement, set));
  }
  return table;
}

std::string RuleTable(const Pack& pack) {
  std::string table =
      "| rule | severity | what a compliant desktop is | why | whom to ask |\n"
      "|---|---|---|---|---|\n";
  for (const Rule& rule : pack.rules) {
    table += fmt::format("| [`{}`]({}) | {} | {}. | {} | {} |\n", rule.id, rule.url,
                         ToString(rule.severity), rule.title, rule.because, rule.contact);
  }
  return table;
}

// docs/rules.md, from the built-in pack and nothing else.
std::string RulesPage(const PolicySet& set) {
  const Pack& pack = set.packs[0];
  return fmt::format(
      "# The built-in rules\n\n"
      "What the pack `{}` {} makes of [{}]({}), as of {}. This page is generated from\n"
      "`policy/rules/docker-desktop-vdi.yaml`.\n\n"
      "## From the page to the rules\n\n"
      "Each statement of the page, from top to end, and the rules that stand on it, with their "
      "severity and the grade of a\ndesktop that fails them where no exception matches. `info` "
      "rules are shown and never counted.\n\n"
      "{}\n## The rules\n\n{}",
      pack.name, pack.version, pack.source.title, pack.source.url, pack.source.as_of,
      StatementTable(set), RuleTable(pack));
}

// VDIWATCH_REWRITE=1 writes the page instead of comparing it.
TEST(RulesDoc, ThePageIsCurrent) {
  auto set = RequireGood(LoadPolicy({BuiltInPack()}));
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_FALSE(set->packs[0].statements.empty());
  const std::string path = VDIWATCH_SOURCE_DIR "/docs/rules.md";
  if (std::getenv("VDIWATCH_REWRITE")) {
    ASSERT_TRUE(WriteFile(path, RulesPage(*set), FileMode::kPublic));
  }
  auto page = ReadFile(path, 1 << 20);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, RulesPage(*set)) << "run this test with VDIWATCH_REWRITE=1";
}

}  // namespace
}  // namespace vdiwatch::policy
