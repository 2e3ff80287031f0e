#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

using Words = std::vector<std::string_view>;

// Far more than a person reads; they keep the cost of a rule within bounds.
constexpr std::size_t kMaxComparisons = 100;
constexpr std::size_t kMaxExceptions = 50;

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// One word out of a closed list; `parse` turns it into a value, or nothing.
template <class T, class Parse>
T ParseWord(const Yaml* node, std::string_view key, T fallback, Parse parse, const Words& words,
            const ParseContext& context) {
  if (!node) return fallback;
  if (auto value = node->kind == Yaml::Kind::kScalar ? parse(node->text) : std::nullopt) {
    return *value;
  }
  std::string hint = DidYouMean(node->text, words);
  context.Complain(node->mark,
                   fmt::format("'{}' must be one of {}{}", key, fmt::join(words, ", "), hint));
  return fallback;
}

Grade ParseGradeWord(const Yaml* node, std::string_view key, Grade fallback, const Words& words,
                     const ParseContext& context) {
  auto parse = [&](std::string_view text) {
    return std::ranges::find(words, text) == words.end() ? std::nullopt : ParseGrade(text);
  };
  return ParseWord(node, key, fallback, parse, words, context);
}

std::optional<bool> ParseIfUnknown(std::string_view text) {
  if (text == "count") return true;
  return text == "info" ? std::optional(false) : std::nullopt;
}

std::size_t CountComparisons(const Condition& condition) {
  std::size_t count = condition.kind == Condition::Kind::kComparison ? 1 : 0;
  for (const Condition& child : condition.children) count += CountComparisons(child);
  return count;
}

Condition ParseBounded(const Yaml& node, std::string_view what, const ParseContext& context) {
  Condition condition = ParseCondition(node, what, context);
  if (CountComparisons(condition) > kMaxComparisons) {
    context.Complain(node.mark, fmt::format("{} makes over {} comparisons", what, kMaxComparisons));
  }
  return condition;
}

Exception ParseException(const Yaml& node, const ParseContext& context) {
  Exception exception;
  YamlMap map = context.Map(node, "an entry of 'conditions'");
  if (const Yaml* when = map.Required("when")) {
    exception.when = ParseBounded(*when, "'when'", context);
  }
  exception.grade = ParseGradeWord(
      map.Required("grade"), "grade", Grade::kConditional,
      {"compliant", "conditional", "unknown", "noncompliant", "not_applicable"}, context);
  exception.because = map.TextOr("because", "");
  map.Finish();
  return exception;
}

std::vector<Exception> ParseExceptions(const Yaml* node, const ParseContext& context) {
  std::vector<Exception> exceptions;
  if (!node) return exceptions;
  if (node->kind != Yaml::Kind::kSequence || node->items.empty()) {
    context.Complain(node->mark, "'conditions' takes a list of {when, grade, because}");
  }
  if (node->items.size() > kMaxExceptions) {
    context.Complain(node->mark, fmt::format("'conditions' has over {} entries", kMaxExceptions));
  }
  for (const Yaml& item : node->items) exceptions.push_back(ParseException(item, context));
  return exceptions;
}

// A test's fact: a value, or {missing: reason}.
Fact ParseTestFact(const FactSpec& spec, const Yaml& node, const ParseContext& context) {
  if (node.kind != Yaml::Kind::kMap) {
    auto value = ParseFactValue(spec, node, context);
    if (!value) return {};
    // A fact holds a time as it is written.
    return Known(spec.type == FactType::kTime ? FactValue(node.text) : *value);
  }
  YamlMap map = context.Map(node, spec.key);
  Missing why = ParseWord(map.Required("missing"), "missing", Missing::kNotGathered, ParseMissing,
                          {"absent", "denied", "failed", "not_gathered", "undetermined"}, context);
  map.Finish();
  return Unknown(why);
}

Facts ParseTestFacts(const Yaml& node, const ParseContext& context) {
  Facts facts;
  if (node.kind != Yaml::Kind::kMap) {
    context.Complain(node.mark, "'facts' must be a map of facts");
    return facts;
  }
  for (const auto& [key, value] : node.entries) {
    const FactSpec* spec = FindFact(key.text);
    if (spec) {
      facts[key.text] = ParseTestFact(*spec, value, context);
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& known : Catalogue()) names.push_back(known.key);
    context.Complain(key.mark, fmt::format("unknown fact '{}'{}", Printable(key.text, 80),
                                           DidYouMean(key.text, names)));
  }
  return facts;
}

RuleTest ParseTest(const Yaml& node, const ParseContext& context) {
  RuleTest test;
  test.mark = node.mark;
  YamlMap map = context.Map(node, "a test");
  test.name = map.TextOr("name", "");
  if (const Yaml* facts = map.Required("facts")) test.facts = ParseTestFacts(*facts, context);
  if (const Yaml* pool = map.Optional("pool")) {
    test.pool = ParseAttributes(*pool, "'pool'", context);
  }
  test.expect = ParseGradeWord(
      map.Required("expect"), "expect", Grade::kCompliant,
      {"compliant", "conditional", "unknown", "noncompliant", "not_applicable"}, context);
  map.Finish();
  return test;
}

std::vector<RuleTest> ParseTests(const Yaml* node, const ParseContext& context) {
  std::vector<RuleTest> tests;
  if (!node) return tests;
  if (node->kind != Yaml::Kind::kSequence) {
    context.Complain(node->mark, "'tests' takes a list of {facts, expect}");
  }
  for (const Yaml& item : node->items) tests.push_back(ParseTest(item, context));
  return tests;
}

void ParseJudgement(YamlMap& map, Rule& rule, const ParseContext& context) {
  if (const Yaml* applies = map.Optional("applies_when")) {
    rule.applies_when = ParseBounded(*applies, "'applies_when'", context);
  }
  if (const Yaml* require = map.Required("require")) {
    rule.require = ParseBounded(*require, "'require'", context);
  }
  rule.otherwise = ParseGradeWord(map.Optional("otherwise"), "otherwise", Grade::kNoncompliant,
                                  {"noncompliant", "conditional"}, context);
  rule.conditions = ParseExceptions(map.Optional("conditions"), context);
}

// As receivers group by it: Prometheus' alert names are written like this.
std::string ParseAlertName(const Yaml* node, const ParseContext& context) {
  if (!node) return "";
  const std::string& name = node->text;
  const bool fits = node->kind == Yaml::Kind::kScalar && !name.empty() && name.size() <= 64 &&
                    name.front() >= 'A' && name.front() <= 'Z' &&
                    name.find_first_not_of(
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789") == std::string::npos;
  if (!fits) {
    context.Complain(node->mark, "'alert' must be a name such as NonPersistentPool");
    return "";
  }
  return name;
}

}  // namespace

std::string ParseId(YamlMap& map, const Yaml& node, std::string_view what) {
  std::string id = map.Text("id");
  if (!id.empty() && !IsId(id)) {
    map.Complain(
        node.Find("id")->mark,
        fmt::format("{}'s id is lower-case letters, digits, '-', '_' and '.', at most 64", what));
  }
  return id;
}

std::string ParseUrl(YamlMap& map, const Yaml& node, std::string fallback) {
  std::string url = map.TextOr("url", std::move(fallback));
  bool fits = url.starts_with("https://") || url.starts_with("http://");
  if (!fits && !url.empty() && node.Find("url")) {
    map.Complain(node.Find("url")->mark, "'url' must begin with https:// or http://");
  }
  return url;
}

std::vector<std::pair<std::string, std::string>> ParseAttributes(const Yaml& node,
                                                                 std::string_view what,
                                                                 const ParseContext& context) {
  std::vector<std::pair<std::string, std::string>> attributes;
  if (node.kind != Yaml::Kind::kMap) {
    context.Complain(node.mark, fmt::format("{} must be a map of attributes", what));
  }
  for (const auto& [key, value] : node.entries) {
    if (value.kind == Yaml::Kind::kScalar) {
      attributes.emplace_back(key.text, value.text);
    } else {
      context.Complain(value.mark,
                       fmt::format("the attribute '{}' must be text", Printable(key.text, 80)));
    }
  }
  return attributes;
}

Rule ParseRule(const Yaml& node, std::string_view source_url, const ParseContext& context) {
  Rule rule;
  rule.mark = node.mark;
  YamlMap map = context.Map(node, "a rule");
  rule.id = ParseId(map, node, "a rule");
  rule.title = map.TextOr("title", rule.id);
  rule.severity = ParseWord(map.Optional("severity"), "severity", Severity::kMajor, ParseSeverity,
                            {"critical", "major", "minor", "info"}, context);
  rule.unknown_counts = ParseWord(map.Optional("if_unknown"), "if_unknown", true, ParseIfUnknown,
                                  {"info", "count"}, context);
  rule.section = map.TextOr("section", "");
  rule.url = ParseUrl(map, node, std::string(source_url));
  ParseJudgement(map, rule, context);
  rule.because = map.TextOr("because", "");
  rule.expects = map.TextOr("expects", "");
  rule.remediation = map.TextOr("remediation", "");
  rule.contact = map.TextOr("contact", "");
  rule.alert = ParseAlertName(map.Optional("alert"), context);
  rule.tests = ParseTests(map.Optional("tests"), context);
  map.Finish();
  return rule;
}

}  // namespace vdiwatch::policy
