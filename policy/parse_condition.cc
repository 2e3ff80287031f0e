#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

enum class Fits { kAll, kOrdered, kListed, kText };

struct OperatorSpec {
  std::string_view name;
  Operator op;
  Fits fits;
};

constexpr OperatorSpec kOperators[] = {
    {"eq", Operator::kEq, Fits::kAll},
    {"ne", Operator::kNe, Fits::kAll},
    {"in", Operator::kIn, Fits::kListed},
    {"not_in", Operator::kNotIn, Fits::kListed},
    {"lt", Operator::kLt, Fits::kOrdered},
    {"le", Operator::kLe, Fits::kOrdered},
    {"gt", Operator::kGt, Fits::kOrdered},
    {"ge", Operator::kGe, Fits::kOrdered},
    {"matches", Operator::kMatches, Fits::kText},
    {"present", Operator::kPresent, Fits::kAll},
};

bool FitsType(Fits fits, FactType type) {
  switch (fits) {
    case Fits::kAll:
      return true;
    case Fits::kOrdered:
      return type == FactType::kInteger || type == FactType::kVersion || type == FactType::kTime;
    case Fits::kListed:
      return type != FactType::kBool;
    case Fits::kText:
      return type == FactType::kText || type == FactType::kVersion;
  }
  return false;
}

// The attributes of pools are text.
constexpr FactSpec kPoolAttribute{
    "pool.<attribute>", FactType::kText, FactClass::kDerived, FactOs::kAny, "", {}, ""};
constexpr std::string_view kPoolPrefix = "pool.";
constexpr std::string_view kClaimsPrefix = "claims.";
// What a check-in claims about who it is (report/claims.h), as far as a pool may go by it.
constexpr std::string_view kClaims[] = {"claims.host_name", "claims.domain", "claims.entra_tenant",
                                        "claims.broker_machine", "claims.image_id"};

void ParseList(const FactSpec& spec, const Yaml& node, Comparison& comparison,
               const ParseContext& context) {
  if (node.kind != Yaml::Kind::kSequence || node.items.empty()) {
    context.Complain(node.mark, "this operator takes a list that is not empty: [a, b]");
    return;
  }
  constexpr std::size_t kMaxListed = 1000;
  if (node.items.size() > kMaxListed) {
    context.Complain(node.mark, fmt::format("a list of over {} values", kMaxListed));
    return;
  }
  for (const Yaml& item : node.items) {
    auto value = ParseFactValue(spec, item, context);
    if (!value) continue;
    if (std::ranges::find(comparison.operands, *value) != comparison.operands.end()) {
      context.Complain(item.mark, fmt::format("'{}' is in the list twice", item.text));
    }
    comparison.operands.push_back(std::move(*value));
  }
}

// What RE2 says of a pattern, where in it that is, and what it does not have on purpose.
std::string PatternFault(const re2::RE2& pattern) {
  const std::string &text = pattern.pattern(), &fault = pattern.error_arg();
  std::string place, hint;
  if (fault.size() < text.size() && text.find(fault) != std::string::npos) {
    place = fmt::format(" at its character {}", text.find(fault) + 1);
  }
  if (fault.starts_with("(?")) hint = " (RE2 has no look-ahead or look-behind)";
  if (fault.size() == 2 && fault[0] == '\\' && fault[1] >= '1' && fault[1] <= '9') {
    hint = " (RE2 has no back-references)";
  }
  return fmt::format("the pattern is not RE2 syntax{}: {}{}", place, pattern.error(), hint);
}

void ParsePattern(const Yaml& node, Comparison& comparison, const ParseContext& context) {
  if (node.kind != Yaml::Kind::kScalar) {
    context.Complain(node.mark, "'matches' takes one pattern in RE2 syntax");
    return;
  }
  constexpr std::size_t kMaxPatternBytes = 512;
  if (node.text.size() > kMaxPatternBytes) {
    context.Complain(node.mark, fmt::format("a pattern of over {} bytes", kMaxPatternBytes));
    return;
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  auto pattern = std::make_shared<const re2::RE2>(node.text, options);
  if (!pattern->ok()) {
    context.Complain(node.mark, PatternFault(*pattern));
    return;
  }
  comparison.operands = {FactValue(node.text)};
  comparison.pattern = std::move(pattern);
}

void ParsePresent(const Yaml& node, Comparison& comparison, const ParseContext& context) {
  bool plain = node.kind == Yaml::Kind::kScalar && !node.quoted;
  if (!plain || (node.text != "true" && node.text != "false")) {
    context.Complain(node.mark, "'present' takes true or false");
    return;
  }
  comparison.present = node.text == "true";
}

void ParseOperand(const FactSpec& spec, const Yaml& node, Comparison& comparison,
                  const ParseContext& context) {
  switch (comparison.op) {
    case Operator::kIn:
    case Operator::kNotIn:
      return ParseList(spec, node, comparison, context);
    case Operator::kMatches:
      return ParsePattern(node, comparison, context);
    case Operator::kPresent:
      return ParsePresent(node, comparison, context);
    default:
      if (auto value = ParseFactValue(spec, node, context)) comparison.operands = {*value};
  }
}

const OperatorSpec* FindOperator(const FactSpec& spec, const Yaml& key,
                                 const ParseContext& context) {
  auto found = std::ranges::find(kOperators, key.text, &OperatorSpec::name);
  if (found == std::end(kOperators)) {
    std::vector<std::string_view> names;
    for (const auto& known : kOperators) names.push_back(known.name);
    std::string hint = DidYouMean(key.text, names);
    if (hint.empty()) hint = fmt::format("; it is one of {}", fmt::join(names, ", "));
    context.Complain(key.mark,
                     fmt::format("unknown operator '{}'{}", Printable(key.text, 80), hint));
    return nullptr;
  }
  if (!FitsType(found->fits, spec.type)) {
    context.Complain(key.mark, fmt::format("'{}' does not fit '{}', which is {}", key.text,
                                           spec.key, TypeInWords(spec.type)));
    return nullptr;
  }
  return found;
}

// What a pool's `match` may read besides facts, and what it may not.
const FactSpec* SpecInMatch(const Yaml& key, const ParseContext& context) {
  if (std::ranges::find(kClaims, key.text) != std::end(kClaims)) return &kPoolAttribute;
  if (key.text.starts_with(kClaimsPrefix)) {
    context.Complain(key.mark,
                     fmt::format("unknown claim '{}'{}", Printable(key.text, 80),
                                 DidYouMean(key.text, {std::begin(kClaims), std::end(kClaims)})));
    return nullptr;
  }
  const FactSpec* spec = FindFact(key.text);
  bool later = spec && spec->fact_class == FactClass::kDerived;
  if (!later && !key.text.starts_with(kPoolPrefix)) return spec;
  context.Complain(key.mark, fmt::format("'{}' is known once the pool is: it cannot choose it",
                                         Printable(key.text, 80)));
  return nullptr;
}

// The spec that types the comparison; null after a diagnostic.
const FactSpec* SpecOf(const Yaml& key, const ParseContext& context) {
  if (context.in_match) {
    auto before = context.diagnostics.size();
    const FactSpec* spec = SpecInMatch(key, context);
    if (spec || context.diagnostics.size() > before) return spec;
  } else if (key.text.starts_with(kPoolPrefix) && key.text.size() > kPoolPrefix.size()) {
    return &kPoolAttribute;
  }
  if (const FactSpec* spec = FindFact(key.text)) return spec;
  std::vector<std::string_view> names = {"any", "all", "not"};
  for (const auto& spec : Catalogue()) names.push_back(spec.key);
  context.Complain(key.mark, fmt::format("unknown fact '{}'{}", Printable(key.text, 80),
                                         DidYouMean(key.text, names)));
  return nullptr;
}

Condition ParseGroup(Condition::Kind kind, const Yaml& key, const Yaml& value,
                     const ParseContext& context) {
  Condition group;
  group.kind = kind;
  if (value.kind != Yaml::Kind::kSequence || value.items.empty()) {
    context.Complain(value.mark, fmt::format("'{}' takes a list of conditions", key.text));
    return group;
  }
  for (const Yaml& item : value.items) {
    group.children.push_back(ParseCondition(item, fmt::format("'{}'", key.text), context));
  }
  return group;
}

Condition ParseNot(const Yaml& value, const ParseContext& context) {
  Condition negation;
  negation.kind = Condition::Kind::kNot;
  negation.children.push_back(ParseCondition(value, "'not'", context));
  return negation;
}

void ParseEntry(const Yaml& key, const Yaml& value, std::vector<Condition>& children,
                const ParseContext& context) {
  if (key.text == "any") {
    children.push_back(ParseGroup(Condition::Kind::kAny, key, value, context));
  } else if (key.text == "all") {
    children.push_back(ParseGroup(Condition::Kind::kAll, key, value, context));
  } else if (key.text == "not") {
    children.push_back(ParseNot(value, context));
  } else {
    for (Comparison& comparison : ParseComparisons(key, value, context)) {
      Condition leaf;
      leaf.kind = Condition::Kind::kComparison;
      leaf.comparison = std::move(comparison);
      children.push_back(std::move(leaf));
    }
  }
}

}  // namespace

std::vector<Comparison> ParseComparisons(const Yaml& key, const Yaml& value,
                                         const ParseContext& context) {
  const FactSpec* spec = SpecOf(key, context);
  if (!spec) return {};
  auto fresh = [&](Operator op, Mark mark) {
    return Comparison{key.text, spec == &kPoolAttribute ? nullptr : spec, op, {}, {}, true, mark};
  };
  if (value.kind == Yaml::Kind::kSequence) {
    context.Complain(value.mark,
                     fmt::format("a list needs an operator: {}: {{in: […]}}", key.text));
    return {};
  }
  std::vector<Comparison> comparisons;
  if (value.kind != Yaml::Kind::kMap) {
    comparisons.push_back(fresh(Operator::kEq, key.mark));
    ParseOperand(*spec, value, comparisons.back(), context);
    return comparisons;
  }
  if (value.entries.empty()) {
    context.Complain(value.mark, fmt::format("'{}' needs a value or an operator", key.text));
  }
  for (const auto& [name, operand] : value.entries) {
    const OperatorSpec* found = FindOperator(*spec, name, context);
    if (!found) continue;
    comparisons.push_back(fresh(found->op, name.mark));
    ParseOperand(*spec, operand, comparisons.back(), context);
  }
  return comparisons;
}

Condition ParseCondition(const Yaml& node, std::string_view what, const ParseContext& context) {
  Condition condition;
  if (node.kind != Yaml::Kind::kMap || node.entries.empty()) {
    context.Complain(node.mark,
                     fmt::format("{} needs a condition: a map of facts, any, all or not", what));
    return condition;
  }
  constexpr std::size_t kEnoughMistakes = 1000;  // each costs a search for what was meant
  for (const auto& [key, value] : node.entries) {
    if (context.diagnostics.size() >= kEnoughMistakes) break;
    ParseEntry(key, value, condition.children, context);
  }
  return condition;
}

}  // namespace vdiwatch::policy
