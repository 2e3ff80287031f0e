#include <fmt/format.h>

#include "base/text.h"
#include "policy/evaluate.h"

namespace vdiwatch::policy {
namespace {

std::string Describe(const Rule& rule, const RuleTest& test, const RuleVerdict& verdict) {
  std::string name = test.name.empty() ? "" : fmt::format(" ({})", Printable(test.name));
  return fmt::format("rule '{}'{}: expected {}, got {}: {}", rule.id, name, ToString(test.expect),
                     ToString(verdict.grade), verdict.why);
}

void RunTests(const Pack& pack, const Rule& rule, std::vector<Diagnostic>& failures) {
  for (const RuleTest& test : rule.tests) {
    PoolAttributes pool(test.pool.begin(), test.pool.end());
    RuleVerdict verdict = EvaluateRule(rule, test.facts, pool);
    if (verdict.grade == test.expect) continue;
    failures.push_back({pack.file, test.mark, Describe(rule, test, verdict)});
  }
}

}  // namespace

std::vector<Diagnostic> RunRuleTests(const PolicySet& set) {
  std::vector<Diagnostic> failures;
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) RunTests(pack, rule, failures);
  }
  return failures;
}

}  // namespace vdiwatch::policy
