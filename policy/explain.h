#pragma once

#include "policy/evaluate.h"
#include "policy/outcome.h"

namespace vdiwatch::policy {

// Puts an outcome into words: why, expected, actual and the facts it rests on.
void Explain(const Rule& rule, const Outcome& outcome, const View& view, RuleVerdict& verdict);

}  // namespace vdiwatch::policy
