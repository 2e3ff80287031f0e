#include "policy/difference.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "policy/grades.h"

namespace vdiwatch::policy {
namespace {

using Keys = std::vector<std::string>;

std::string PatternOf(const Comparison& comparison) {
  return comparison.pattern ? comparison.pattern->pattern() : "";
}

// Where they stand in their files does not matter.
bool Same(const Condition& a, const Condition& b) {
  const Comparison &left = a.comparison, &right = b.comparison;
  return a.kind == b.kind && left.fact == right.fact && left.op == right.op &&
         left.operands == right.operands && left.present == right.present &&
         PatternOf(left) == PatternOf(right) && std::ranges::equal(a.children, b.children, Same);
}

bool SameException(const Exception& a, const Exception& b) {
  return a.grade == b.grade && a.because == b.because && Same(a.when, b.when);
}

auto Tie(const Thresholds& thresholds) {
  return std::tie(thresholds.enter, thresholds.enter_for, thresholds.leave,
                  thresholds.minimum_reporting, thresholds.maximum_unknown,
                  thresholds.minimum_coverage);
}

bool SameThresholds(const PoolSpec& a, const PoolSpec& b) {
  auto same = [](const auto& left, const auto& right) {
    return left.first == right.first && Tie(left.second) == Tie(right.second);
  };
  return Tie(a.thresholds) == Tie(b.thresholds) &&
         std::ranges::equal(a.rule_thresholds, b.rule_thresholds, same);
}

Keys KeysThatDiffer(const Rule& a, const Rule& b) {
  Keys keys;
  auto note = [&](const char* key, bool same) {
    if (!same) keys.emplace_back(key);
  };
  note("title", a.title == b.title);
  note("severity", a.severity == b.severity);
  note("if_unknown", a.unknown_counts == b.unknown_counts);
  note("section", a.section == b.section);
  note("url", a.url == b.url);
  note("applies_when", Same(a.applies_when, b.applies_when));
  note("require", Same(a.require, b.require));
  note("conditions", std::ranges::equal(a.conditions, b.conditions, SameException));
  note("otherwise", a.otherwise == b.otherwise);
  note("because", a.because == b.because);
  note("expects", a.expects == b.expects);
  note("remediation", a.remediation == b.remediation);
  note("contact", a.contact == b.contact);
  note("alert", a.alert == b.alert);
  return keys;
}

Keys KeysThatDiffer(const PoolSpec& a, const PoolSpec& b) {
  Keys keys;
  auto note = [&](const char* key, bool same) {
    if (!same) keys.emplace_back(key);
  };
  note("docker", a.docker == b.docker);
  note("attributes", a.attributes == b.attributes);
  note("match", a.match ? b.match && Same(*a.match, *b.match) : !b.match);
  note("expected_members",
       a.expected_members == b.expected_members && a.expected_hosts == b.expected_hosts);
  note("thresholds", SameThresholds(a, b));
  note("stale_after", a.stale_after == b.stale_after);
  note("retire_after", a.retire_after == b.retire_after);
  return keys;
}

template <class T>
using ByName = std::map<std::string_view, const T*>;

template <class T>
void CompareNamed(const ByName<T>& before, const ByName<T>& after, Keys& added, Keys& removed,
                  std::vector<Changed>& changed) {
  for (const auto& [name, thing] : after) {
    auto known = before.find(name);
    if (known == before.end()) {
      added.emplace_back(name);
    } else if (Keys keys = KeysThatDiffer(*known->second, *thing); !keys.empty()) {
      changed.push_back({std::string(name), std::move(keys)});
    }
  }
  for (const auto& [name, thing] : before) {
    if (!after.contains(name)) removed.emplace_back(name);
  }
}

ByName<Rule> RulesByName(const PolicySet& set) {
  ByName<Rule> rules;
  for (const Rule* rule : RulesOf(set)) rules[rule->id] = rule;
  return rules;
}

ByName<PoolSpec> PoolsByName(const PolicySet& set) {
  ByName<PoolSpec> pools;
  for (const PoolSpec& pool : set.pools) pools[pool.name] = &pool;
  return pools;
}

}  // namespace

Difference Compare(const PolicySet& before, const PolicySet& after) {
  Difference difference;
  CompareNamed(RulesByName(before), RulesByName(after), difference.rules_added,
               difference.rules_removed, difference.rules_changed);
  CompareNamed(PoolsByName(before), PoolsByName(after), difference.pools_added,
               difference.pools_removed, difference.pools_changed);
  return difference;
}

}  // namespace vdiwatch::policy
