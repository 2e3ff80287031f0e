#include "policy/evaluate.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "policy/condition.h"
#include "policy/explain.h"
#include "policy/outcome.h"

namespace vdiwatch::policy {
namespace {

RuleVerdict Judge(const Rule& rule, const View& view) {
  Outcome outcome = Decide(rule, view);
  RuleVerdict verdict;
  verdict.rule = rule.id;
  verdict.title = rule.title;
  verdict.grade = outcome.grade;
  verdict.severity = SeverityOf(rule, outcome.grade);
  verdict.remediation = rule.remediation;
  verdict.contact = rule.contact;
  verdict.url = rule.url;
  Explain(rule, outcome, view, verdict);
  return verdict;
}

// For the order on a page: the worse first, what was not judged last.
int Rank(Grade grade) {
  constexpr std::array kOrder = {Grade::kNoncompliant, Grade::kUnknown,   Grade::kConditional,
                                 Grade::kWaived,       Grade::kCompliant, Grade::kNotApplicable};
  return static_cast<int>(std::ranges::find(kOrder, grade) - kOrder.begin());
}

}  // namespace

RuleVerdict EvaluateRule(const Rule& rule, const Facts& facts, const PoolAttributes& pool) {
  return Judge(rule, ViewOf(facts, pool));
}

Verdict Evaluate(const PolicySet& set, const Facts& facts, const PoolAttributes& pool, Time) {
  Verdict verdict;
  View view = ViewOf(facts, pool);
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) verdict.rules.push_back(Judge(rule, view));
  }
  Settle(verdict);
  return verdict;
}

void Settle(Verdict& verdict) {
  verdict.grade = Grade::kNotApplicable;
  for (const RuleVerdict& rule : verdict.rules) {
    if (rule.severity != Severity::kInfo) verdict.grade = Worse(verdict.grade, rule.grade);
  }
  std::ranges::stable_sort(verdict.rules, {}, [](const RuleVerdict& rule) {
    return std::tuple(Rank(rule.grade), static_cast<int>(rule.severity));
  });
}

}  // namespace vdiwatch::policy
