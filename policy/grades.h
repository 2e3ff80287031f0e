#pragma once

#include <vector>

#include "policy/evaluate.h"

namespace vdiwatch::policy {

// What Evaluate decides, without a word about it.
struct Grades {
  Grade grade = Grade::kNotApplicable;  // the desktop's
  std::vector<Grade> rules;             // in the order of RulesOf
};

// Every rule of the set, pack by pack.
std::vector<const Rule*> RulesOf(const PolicySet& set);

// Pure; costs a fraction of Evaluate.
Grades EvaluateGrades(const PolicySet& set, const Facts& facts, const PoolAttributes& pool,
                      Time at);

// What rules see of a pool: its attributes, and what it is for.
PoolAttributes AttributesOf(const PoolSpec& pool);

}  // namespace vdiwatch::policy
