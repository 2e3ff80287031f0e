#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/evaluate.h"
#include "policy/outcome.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

// What a test gives its rule, in one text.
std::string InputOf(const RuleTest& test) {
  std::string input;
  for (const auto& [key, fact] : test.facts) {
    input += fmt::format("{} {} {}\n", key, fact.value() != nullptr, Describe(fact));
  }
  std::map<std::string, std::string> pool(test.pool.begin(), test.pool.end());
  for (const auto& [name, value] : pool) input += fmt::format("pool.{} {}\n", name, value);
  return input;
}

bool AllHold(const Rule& rule) {
  return std::ranges::all_of(rule.tests, [&](const RuleTest& test) {
    PoolAttributes pool(test.pool.begin(), test.pool.end());
    return Decide(rule, ViewOf(test.facts, pool)).grade == test.expect;
  });
}

// The rule with a `require` that always or never holds, and reads the same facts.
Rule WithRequire(const Rule& rule, bool holds) {
  Condition constant;  // an empty `all` is true, an empty `any` is false
  constant.kind = holds ? Condition::Kind::kAll : Condition::Kind::kAny;
  Rule changed = rule;
  changed.require.kind = holds ? Condition::Kind::kAny : Condition::Kind::kAll;
  changed.require.children = {rule.require, constant};
  return changed;
}

// The same input twice.
void FindTwins(const Rule& rule, const ParseContext& context) {
  std::map<std::string, const RuleTest*> seen;
  for (const RuleTest& test : rule.tests) {
    auto [first, is_new] = seen.emplace(InputOf(test), &test);
    if (is_new) continue;
    const RuleTest& twin = *first->second;
    std::string_view differ = twin.expect == test.expect ? "" : ", and expects another grade";
    context.Complain(test.mark, fmt::format("this test has the facts of the test in line {}{}",
                                            twin.mark.line, differ));
  }
}

// Tests that a rule passes without looking.
void FindBlindness(const Rule& rule, const ParseContext& context) {
  const RuleTest& first = rule.tests.front();
  bool all_same = std::ranges::all_of(
      rule.tests, [&](const RuleTest& test) { return test.expect == first.expect; });
  if (all_same) {
    std::string_view which = rule.tests.size() == 1 ? "the only" : "every";
    context.Complain(first.mark, fmt::format("{} test of rule '{}' expects {}: a rule that always "
                                             "says so passes",
                                             which, rule.id, ToString(first.expect)));
    return;
  }
  if (!AllHold(rule)) return;  // `policy test` says which
  for (bool holds : {true, false}) {
    if (!AllHold(WithRequire(rule, holds))) continue;
    context.Complain(first.mark, fmt::format("the tests of rule '{}' would pass as well if its "
                                             "'require' {} held",
                                             rule.id, holds ? "always" : "never"));
  }
}

}  // namespace

std::vector<Diagnostic> LintTests(const PolicySet& set) {
  std::vector<Diagnostic> found;
  for (const Pack& pack : set.packs) {
    ParseContext context{pack.file, found};
    for (const Rule& rule : pack.rules) {
      if (rule.misread || rule.tests.empty()) continue;
      FindTwins(rule, context);
      FindBlindness(rule, context);
    }
  }
  return found;
}

}  // namespace vdiwatch::policy
