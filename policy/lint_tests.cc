#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/evaluate.h"
#include "policy/outcome.h"

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

class TestsLint {
 public:
  TestsLint(const Pack& pack, std::vector<Diagnostic>& found) : pack_(pack), found_(found) {}

  void Look(const Rule& rule) {
    LookForTwins(rule);
    auto same = [&](const RuleTest& test) { return test.expect == rule.tests[0].expect; };
    std::string_view grade = ToString(rule.tests[0].expect);
    if (rule.tests.size() == 1) {
      Add(rule.tests[0], "the only test of rule '{}' expects {}: a rule that always says so passes",
          rule.id, grade);
    } else if (std::ranges::all_of(rule.tests, same)) {
      Add(rule.tests[0], "every test of rule '{}' expects {}: a rule that always says so passes",
          rule.id, grade);
    } else if (AllHold(rule)) {  // else `policy test` has more to say
      LookForBlindness(rule);
    }
  }

 private:
  template <class... Args>
  void Add(const RuleTest& test, fmt::format_string<Args...> message, Args&&... args) {
    found_.push_back({pack_.file, test.mark, fmt::format(message, std::forward<Args>(args)...)});
  }

  void LookForTwins(const Rule& rule) {
    std::map<std::string, const RuleTest*> seen;
    for (const RuleTest& test : rule.tests) {
      auto [first, is_new] = seen.emplace(InputOf(test), &test);
      if (is_new) continue;
      const RuleTest& twin = *first->second;
      bool agree = twin.expect == test.expect;
      Add(test, "this test has the facts of the test in line {}{}", twin.mark.line,
          agree ? "" : ", and expects another grade");
    }
  }

  void LookForBlindness(const Rule& rule) {
    for (bool holds : {true, false}) {
      if (!AllHold(WithRequire(rule, holds))) continue;
      Add(rule.tests[0], "the tests of rule '{}' would pass as well if its 'require' {} held",
          rule.id, holds ? "always" : "never");
    }
  }

  const Pack& pack_;
  std::vector<Diagnostic>& found_;
};

}  // namespace

std::vector<Diagnostic> LintTests(const PolicySet& set) {
  std::vector<Diagnostic> found;
  for (const Pack& pack : set.packs) {
    TestsLint lint(pack, found);
    for (const Rule& rule : pack.rules) {
      if (!rule.misread && !rule.tests.empty()) lint.Look(rule);
    }
  }
  return found;
}

}  // namespace vdiwatch::policy
