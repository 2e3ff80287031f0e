#include "policy/outcome.h"

namespace vdiwatch::policy {
namespace {

// The outcomes still reachable on the way through a rule's branches: all agree, or it is undecided.
class Reachable {
 public:
  // Returns whether the way ends here.
  bool Pass(Truth truth, Grade grade, const Condition* condition, const Exception* exception) {
    if (truth == Truth::kFalse) return false;
    if (truth == Truth::kUnknown && !unknown_) unknown_ = condition;
    Add({grade, exception ? Branch::kException : Branch::kRequired, condition, exception});
    return truth == Truth::kTrue;
  }

  void End(Grade otherwise) { Add({otherwise, Branch::kOtherwise, nullptr, nullptr}); }

  Outcome Result() const {
    if (!differ_) return last_;
    return {Grade::kUnknown, Branch::kUndecided, unknown_, nullptr};
  }

 private:
  void Add(const Outcome& outcome) {
    differ_ |= !empty_ && outcome.grade != last_.grade;
    empty_ = false;
    last_ = outcome;
  }

  Outcome last_;
  const Condition* unknown_ = nullptr;
  bool empty_ = true;
  bool differ_ = false;
};

}  // namespace

Outcome Decide(const Rule& rule, const View& view) {
  if (ReadsForeignFact(rule.require, view)) {
    return {Grade::kNotApplicable, Branch::kForeignOs, &rule.require, nullptr};
  }
  Truth applies = Test(rule.applies_when, view);
  if (applies == Truth::kFalse) {
    return {Grade::kNotApplicable, Branch::kDoesNotApply, &rule.applies_when, nullptr};
  }
  if (applies == Truth::kUnknown) {
    return {Grade::kUnknown, Branch::kAppliesUnknown, &rule.applies_when, nullptr};
  }
  Reachable reachable;
  if (reachable.Pass(Test(rule.require, view), Grade::kCompliant, &rule.require, nullptr)) {
    return reachable.Result();
  }
  for (const Exception& exception : rule.conditions) {
    Truth truth = Test(exception.when, view);
    if (reachable.Pass(truth, exception.grade, &exception.when, &exception)) {
      return reachable.Result();
    }
  }
  reachable.End(rule.otherwise);
  return reachable.Result();
}

Severity SeverityOf(const Rule& rule, Grade grade) {
  bool counts = grade != Grade::kUnknown || rule.unknown_counts;
  return counts ? rule.severity : Severity::kInfo;
}

}  // namespace vdiwatch::policy
