#include "policy/grades.h"

#include "policy/condition.h"
#include "policy/outcome.h"

namespace vdiwatch::policy {

std::vector<const Rule*> RulesOf(const PolicySet& set) {
  std::vector<const Rule*> rules;
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) rules.push_back(&rule);
  }
  return rules;
}

Grades EvaluateGrades(const PolicySet& set, const Facts& facts, const PoolAttributes& pool, Time) {
  Grades grades;
  View view = ViewOf(facts, pool);
  for (const Pack& pack : set.packs) {
    for (const Rule& rule : pack.rules) {
      Grade grade = Decide(rule, view).grade;
      grades.rules.push_back(grade);
      if (SeverityOf(rule, grade) != Severity::kInfo) grades.grade = Worse(grades.grade, grade);
    }
  }
  return grades;
}

PoolAttributes AttributesOf(const PoolSpec& pool) {
  PoolAttributes attributes = pool.attributes;
  attributes["docker"] = ToString(pool.docker);
  return attributes;
}

}  // namespace vdiwatch::policy
