#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "policy/pool.h"
#include "policy/rule.h"
#include "policy/waiver.h"
#include "report/catalogue.h"

namespace vdiwatch::policy {

// Where the parse functions put their mistakes. Each function reads one kind of node, says all
// that is wrong with it, and returns what could be read: only a file without diagnostics counts.
struct ParseContext {
  std::string_view file;
  std::vector<Diagnostic>& diagnostics;
  bool in_match = false;  // a pool's `match`: claims are known, and not the pool

  void Complain(Mark mark, std::string message) const {
    diagnostics.push_back({std::string(file), mark, std::move(message)});
  }
  YamlMap Map(const Yaml& node, std::string_view what) const {
    return YamlMap(node, what, file, diagnostics);
  }
};

// "; did you mean 'x'?", or nothing.
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);

// The id of a rule or waiver; a diagnostic if it is none.
std::string ParseId(YamlMap& map, const Yaml& node, std::string_view what);

Pack ParsePack(const Yaml& document, const ParseContext& context);
Rule ParseRule(const Yaml& node, std::string_view source_url, const ParseContext& context);
// What the pack's source says; each rule must stand on some of it.
std::vector<Statement> ParseStatements(const Yaml& node, const std::vector<Rule>& rules,
                                       const ParseContext& context);
Condition ParseCondition(const Yaml& node, std::string_view what, const ParseContext& context);

// The comparisons of one fact: a plain value, or a map of operators, which must all hold.
std::vector<Comparison> ParseComparisons(const Yaml& key, const Yaml& value,
                                         const ParseContext& context);

// A value of the type that the catalogue gives the fact; nothing after a diagnostic.
std::optional<FactValue> ParseFactValue(const FactSpec& spec, const Yaml& node,
                                        const ParseContext& context);

// The member 'url', which a page will show as a link: http:// or https://.
std::string ParseUrl(YamlMap& map, const Yaml& node, std::string fallback);

// A flat map of text to text.
std::vector<std::pair<std::string, std::string>> ParseAttributes(const Yaml& node,
                                                                 std::string_view what,
                                                                 const ParseContext& context);

// What a fact's type is called in a message: "true or false", "a whole number", …
std::string_view TypeInWords(FactType type);

// The pools of a document, and where each was named.
struct ParsedPool {
  PoolSpec spec;
  Mark mark;
  std::vector<std::pair<std::string, Mark>> rules;  // the ids under thresholds.rules
  std::string members_file;                         // of expected_members, where it is a list
  Mark members_mark;
  std::string match_text;  // its match on one line, to compare with others'
  Mark match_mark;
  std::vector<std::pair<Mark, std::string>> remarks;
};
std::vector<ParsedPool> ParsePools(const Yaml& document, const ParseContext& context);

std::vector<Waiver> ParseWaivers(const Yaml& document, const ParseContext& context);

// The host names in a CSV file, sorted: the column that a broker's or Intune's export calls by a
// name we know, else the first one. Without domain, lower case.
std::vector<std::string> ParseMembers(std::string_view text, const ParseContext& context);

// "90s", "15m", "2h", "30d"; nothing if it is no such span, or over a hundred years.
std::optional<Seconds> ParseSpan(std::string_view text);

// Conditions that can never hold and outcomes that can never be reached, where that is cheap to
// see: by the values of enumerations and flags, and by the bounds of numbers.
void LintReach(const Rule& rule, const ParseContext& context);

}  // namespace vdiwatch::policy
