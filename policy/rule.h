#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/yaml.h"
#include "policy/grade.h"
#include "report/catalogue.h"
#include "report/fact.h"

namespace re2 {
class RE2;
}

namespace vdiwatch::policy {

enum class Operator { kEq, kNe, kIn, kNotIn, kLt, kLe, kGt, kGe, kMatches, kPresent };

// One comparison of one fact, typed by the catalogue when it was parsed. `pool.<attribute>` reads
// the pool's attributes, which are text and absent when unset.
struct Comparison {
  std::string fact;
  const FactSpec* spec = nullptr;  // null for pool.<attribute>
  Operator op = Operator::kEq;
  std::vector<FactValue> operands;  // one, or the list of in / not_in; times as seconds since 1970
  std::shared_ptr<const re2::RE2> pattern;  // matches
  bool present = true;                      // present: true | false
  Mark mark;
};

// A condition tree: a comparison, or all / any / not of others. An empty `all` is true.
struct Condition {
  enum class Kind { kComparison, kAll, kAny, kNot };
  Kind kind = Kind::kAll;
  Comparison comparison;
  std::vector<Condition> children;
};

// First match wins over a rule's `otherwise`.
struct Exception {
  Condition when;
  Grade grade = Grade::kConditional;
  std::string because;
};

struct RuleTest {
  std::string name;  // may be empty
  Facts facts;       // keys that are not there are not gathered
  std::vector<std::pair<std::string, std::string>> pool;  // attributes
  Grade expect = Grade::kCompliant;
  Mark mark;
};

struct Rule {
  std::string id;
  std::string title;
  Severity severity = Severity::kMajor;
  bool unknown_counts = true;  // false: where it is unknown, it is information
  std::string section;         // of the source page
  std::string url;             // of the section, or of the pack's source
  Condition applies_when;
  Condition require;
  Grade otherwise = Grade::kNoncompliant;
  std::vector<Exception> conditions;
  std::string because;  // why it matters, in our own words
  std::string expects;  // "Docker supports VMware ESXi and Azure": ends the sentence of a failure
  std::string remediation;
  std::string contact;
  std::string alert;  // the name of the alert on it, "NonPersistentPool"; empty: PoolNoncompliant
  std::vector<RuleTest> tests;
  bool misread = false;  // a mistake was found in it
  Mark mark;
};

struct PackSource {
  std::string title;
  std::string url;
  std::string as_of;  // a date, 2025-06-01
};

// What the source says, in our own words, and the rules that stand on it; or why none does.
struct Statement {
  std::string section;
  std::string says;
  std::vector<std::string> rules;
  std::string no_rule;
};

// A dated file of rules.
struct Pack {
  std::string name;
  std::string version;
  PackSource source;
  std::vector<Rule> rules;
  std::vector<Statement> statements;
  std::string file;
};

}  // namespace vdiwatch::policy
