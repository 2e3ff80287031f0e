#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/words.h"

namespace vdiwatch::policy {
namespace {

// The comparison that decided a condition, and the part of the condition that it stands for: of
// several ways to hold (any), all are what was expected.
struct Decisive {
  const Comparison* comparison = nullptr;
  const Condition* scope = nullptr;
  bool negated = false;
};

// Of the children, the first that made the condition what it is.
const Condition& DecisiveChild(const Condition& condition, const View& view) {
  Truth truth = Test(condition, view);
  for (const Condition& child : condition.children) {
    if (Test(child, view) == truth) return child;
  }
  return condition.children.front();
}

void Descend(const Condition& condition, const View& view, bool negated, bool scope_is_set,
             Decisive& decisive) {
  if (!scope_is_set) {
    decisive.scope = &condition;
    decisive.negated = negated;
  }
  switch (condition.kind) {
    case Condition::Kind::kComparison:
      decisive.comparison = &condition.comparison;
      return;
    case Condition::Kind::kNot:
      return Descend(condition.children.front(), view, !negated, scope_is_set, decisive);
    case Condition::Kind::kAll:
    case Condition::Kind::kAny: {
      if (condition.children.empty()) return;
      bool any_way = (condition.kind == Condition::Kind::kAny) != negated;
      bool several = condition.children.size() > 1;
      Descend(DecisiveChild(condition, view), view, negated, scope_is_set || (any_way && several),
              decisive);
    }
  }
}

Decisive FindDecisive(const Condition& condition, const View& view) {
  Decisive decisive;
  Descend(condition, view, false, false, decisive);
  return decisive;
}

void AddFacts(const Condition& condition, std::vector<std::string>& facts) {
  if (condition.kind == Condition::Kind::kComparison && condition.comparison.spec) {
    const std::string& key = condition.comparison.fact;
    if (std::ranges::find(facts, key) == facts.end()) facts.push_back(key);
  }
  for (const Condition& child : condition.children) AddFacts(child, facts);
}

// The keys of all conditions that were looked at, the decisive one first.
void ListFacts(const Rule& rule, const Outcome& outcome, const Comparison* decisive,
               std::vector<std::string>& facts) {
  if (outcome.branch == Branch::kForeignOs) {
    facts.push_back("os.family");
    return;
  }
  if (decisive && decisive->spec) facts.push_back(decisive->fact);
  bool before_require =
      outcome.branch == Branch::kDoesNotApply || outcome.branch == Branch::kAppliesUnknown;
  if (!before_require) AddFacts(rule.require, facts);
  if (!before_require && outcome.branch != Branch::kRequired) {
    for (const Exception& exception : rule.conditions) {
      AddFacts(exception.when, facts);
      if (&exception == outcome.exception) break;
    }
  }
  AddFacts(rule.applies_when, facts);
}

std::string ForeignSentence(const View& view) {
  return view.os == FactOs::kLinux
             ? "This does not apply: the operating system is Linux, and the rule is about Windows "
               "(os.family = linux)."
             : "This does not apply: the operating system is Windows, and the rule is about Linux "
               "(os.family = windows).";
}

// "Docker supports VMware ESXi and Azure", or "expected VMware or Azure".
std::string Expects(const Rule& rule, const std::string& expected) {
  return rule.expects.empty() ? "expected " + expected : rule.expects;
}

std::string ExceptionSentence(const Rule& rule, const Exception& exception,
                              const std::string& statement, const std::string& expected) {
  if (exception.because.empty()) return fmt::format("{}; {}.", statement, Expects(rule, expected));
  std::string_view stop = exception.because.ends_with('.') ? "" : ".";
  return fmt::format("{}: {}{}", statement, exception.because, stop);
}

std::string Sentence(const Rule& rule, const Outcome& outcome, const std::string& statement,
                     const std::string& expected) {
  switch (outcome.branch) {
    case Branch::kDoesNotApply:
      return fmt::format("This does not apply: {}.", Uncapitalised(statement));
    case Branch::kAppliesUnknown:
      return fmt::format("Whether this applies is open, because {}.", Uncapitalised(statement));
    case Branch::kRequired:
      return fmt::format("{}, as it should be.", statement);
    case Branch::kException:
      return ExceptionSentence(rule, *outcome.exception, statement, expected);
    case Branch::kForeignOs:
    case Branch::kOtherwise:
    case Branch::kUndecided:
      break;
  }
  return fmt::format("{}; {}.", statement, Expects(rule, expected));
}

}  // namespace

void Explain(const Rule& rule, const Outcome& outcome, const View& view, RuleVerdict& verdict) {
  if (outcome.branch == Branch::kForeignOs) {
    verdict.why = ForeignSentence(view);
    ListFacts(rule, outcome, nullptr, verdict.facts);
    return;
  }
  const Condition& condition = outcome.condition ? *outcome.condition : rule.require;
  Decisive decisive = FindDecisive(condition, view);
  if (outcome.grade != Grade::kNotApplicable) {
    Decisive asked = FindDecisive(rule.require, view);
    if (asked.scope) verdict.expected = Expected(*asked.scope, asked.negated);
  }
  std::string statement = decisive.comparison ? Statement(*decisive.comparison, view) : "";
  if (decisive.comparison) verdict.actual = Actual(*decisive.comparison, view);
  if (outcome.branch == Branch::kUndecided && &condition != &rule.require) {
    // What is required does not hold, and an exception is open: say both.
    Decisive required = FindDecisive(rule.require, view);
    statement = fmt::format("{}, and {}", Statement(*required.comparison, view),
                            Uncapitalised(std::move(statement)));
    verdict.actual = Actual(*required.comparison, view);
  }
  verdict.why = Sentence(rule, outcome, statement, verdict.expected);
  ListFacts(rule, outcome, decisive.comparison, verdict.facts);
}

}  // namespace vdiwatch::policy
