#pragma once

#include "policy/condition.h"
#include "policy/rule.h"

namespace vdiwatch::policy {

// Which part of a rule decided.
enum class Branch {
  kForeignOs,       // it reads what the machine's operating system does not have
  kDoesNotApply,    // applies_when is false
  kAppliesUnknown,  // applies_when is unknown
  kRequired,        // require holds
  kException,       // an exception matched
  kOtherwise,       // nothing did
  kUndecided,       // the facts leave several outcomes open
};

struct Outcome {
  Grade grade = Grade::kUnknown;
  Branch branch = Branch::kUndecided;
  // What decided, for kException; the first condition that is unknown, for kUndecided.
  const Condition* condition = nullptr;
  const Exception* exception = nullptr;
};

// Pure, and without allocation: the grade alone costs no words.
Outcome Decide(const Rule& rule, const View& view);

// How much the rule weighs where it comes to this grade. What is info counts in no desktop's grade.
Severity SeverityOf(const Rule& rule, Grade grade);

}  // namespace vdiwatch::policy
