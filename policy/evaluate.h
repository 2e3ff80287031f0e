#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "policy/policy_set.h"
#include "report/fact.h"

namespace vdiwatch::policy {

using PoolAttributes = std::map<std::string, std::string, std::less<>>;

// Kleene's third value stands for "the facts do not decide".
enum class Truth { kFalse, kUnknown, kTrue };
Truth Test(const Condition& condition, const Facts& facts, const PoolAttributes& pool);

// What excuses a failure.
struct Excuse {
  std::string waiver;                  // its id
  Grade grade = Grade::kNoncompliant;  // that the rule would have without it
  std::string text;                    // "Waived by … until …: …."
};

// One rule's outcome and its one sentence, the same words everywhere.
struct RuleVerdict {
  std::string rule;
  std::string title;
  Severity severity = Severity::kMajor;
  Grade grade = Grade::kUnknown;
  std::string why;       // "platform.kind is xen_server; expected vmware or azure."
  std::string expected;  // "vmware or azure"
  std::string actual;    // "xen_server"
  std::string remediation;
  std::string contact;
  std::string url;
  std::vector<std::string> facts;  // the keys it rests on, the decisive one first
  std::optional<Excuse> excuse;    // of a waived one
};

struct Verdict {
  Grade grade = Grade::kUnknown;    // the worst over critical, major and minor rules
  std::vector<RuleVerdict> rules;   // worst and most severe first
  std::optional<Time> valid_until;  // where time can change it
};

// Pure. A set without an applicable counted rule gives not_applicable.
Verdict Evaluate(const PolicySet& set, const Facts& facts, const PoolAttributes& pool, Time at);
// The grade from the rules' own, and the rules in their order.
void Settle(Verdict& verdict);
RuleVerdict EvaluateRule(const Rule& rule, const Facts& facts, const PoolAttributes& pool);

// {"grade":…,"rules":[{"id","title","severity","grade","why","expected","actual","remediation",
// "contact","url","facts":{key: {"value"|"missing"}}}]}: DESIGN §4, `policy eval --json`. A waived
// rule has "waiver": {"id","grade","text"}, too.
Json VerdictToJson(const Verdict& verdict, const Facts& facts);

// Runs every rule's own tests; one diagnostic for each that does not hold.
std::vector<Diagnostic> RunRuleTests(const PolicySet& set);

// Tests of rules that tell nothing apart: the same twice, or passed by a rule that does not look.
std::vector<Diagnostic> LintTests(const PolicySet& set);

}  // namespace vdiwatch::policy
