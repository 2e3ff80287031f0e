#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/vocabulary.h"

namespace vdiwatch::policy {
namespace {

constexpr std::string_view kPoolPrefix = "pool.";

const FactWords* WordsFor(const Comparison& comparison) {
  auto words = FactVocabulary();
  auto found = std::ranges::find(words, std::string_view(comparison.fact), &FactWords::key);
  return found == words.end() ? nullptr : &*found;
}

std::string Attribute(const Comparison& comparison) {
  return comparison.fact.substr(kPoolPrefix.size());
}

std::string Label(std::string_view value) {
  auto words = ValueVocabulary();
  auto found = std::ranges::find(words, value, &ValueWords::value);
  return found == words.end() ? Printable(value) : std::string(found->label);
}

std::string ValueLabel(const FactValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return Label(std::get<std::string>(value));
}

// The words of enumerations have labels; free text stays as it is.
std::string LabelOf(const Comparison& comparison, const FactValue& value) {
  bool is_free = comparison.spec && comparison.spec->type == FactType::kText;
  const auto* text = std::get_if<std::string>(&value);
  if (is_free && text) return Printable(*text);
  if (comparison.spec && comparison.spec->type == FactType::kTime && !text) {
    return FormatTime(FromUnix(std::get<std::int64_t>(value)));
  }
  return ValueLabel(value);
}

std::string_view Reason(Missing missing) {
  switch (missing) {
    case Missing::kAbsent:
      return "it was looked for and is not there";
    case Missing::kDenied:
      return "access was denied";
    case Missing::kFailed:
      return "reading it failed";
    case Missing::kNotGathered:
      return "it was not read";
    case Missing::kUndetermined:
      return "what was read does not decide it";
  }
  return "it was not read";
}

// What only the collector can tell, it did not see; nothing was read for it.
std::string_view ReasonOf(const FactWords* words, Missing missing) {
  bool unseen = missing == Missing::kNotGathered || missing == Missing::kUndetermined;
  return words && unseen && !words->unseen.empty() ? words->unseen : Reason(missing);
}

std::string WithKey(const Comparison& comparison, std::string sentence, std::string_view raw) {
  return fmt::format("{} ({} = {})", sentence, comparison.fact, raw);
}

std::string ValueStatement(const Comparison& comparison, const Fact& fact) {
  const FactWords* words = WordsFor(comparison);
  std::string raw = Printable(Describe(fact));
  if (!words) return fmt::format("{} is {}", comparison.fact, raw);
  if (auto flag = fact.AsBool()) {
    return WithKey(comparison, std::string(*flag ? words->says : words->denies), raw);
  }
  std::string label = LabelOf(comparison, *fact.value());
  if (comparison.op != Operator::kPresent && IsUnheardOf(comparison, *fact.value())) {
    label = fmt::format("'{}', a word that this release does not know", label);
  }
  return WithKey(comparison, fmt::format(fmt::runtime(words->says), label), raw);
}

std::string MissingStatement(const Comparison& comparison, Missing missing) {
  const FactWords* words = WordsFor(comparison);
  bool is_flag = comparison.spec->type == FactType::kBool;
  if (missing == Missing::kAbsent && words && is_flag) {
    return WithKey(comparison, std::string(words->denies), "absent");
  }
  std::string_view noun = words ? words->noun : std::string_view(comparison.fact);
  if (missing == Missing::kAbsent) {
    return fmt::format("{} was looked for and is not there ({})", noun, comparison.fact);
  }
  return fmt::format("{} is not known: {} ({})", noun, ReasonOf(words, missing), comparison.fact);
}

std::string PoolStatement(const Comparison& comparison, const std::string* value) {
  if (!value) {
    return fmt::format("The pool's {} is not set ({})", Attribute(comparison), comparison.fact);
  }
  return WithKey(comparison,
                 fmt::format("The pool's {} is {}", Attribute(comparison), Label(*value)),
                 Printable(*value));
}

std::string Either(std::vector<std::string> parts, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? fmt::format(" {} ", last) : ", ";
    text += parts[i];
  }
  return text;
}

Operator Contrary(Operator op) {
  switch (op) {
    case Operator::kEq:
      return Operator::kNe;
    case Operator::kNe:
      return Operator::kEq;
    case Operator::kIn:
      return Operator::kNotIn;
    case Operator::kNotIn:
      return Operator::kIn;
    case Operator::kLt:
      return Operator::kGe;
    case Operator::kLe:
      return Operator::kGt;
    case Operator::kGt:
      return Operator::kLe;
    case Operator::kGe:
      return Operator::kLt;
    case Operator::kMatches:
    case Operator::kPresent:
      return op;
  }
  return op;
}

// The value that a comparison asks for: "VMware or Azure", "at least 4.42".
std::string ExpectedValue(const Comparison& comparison, bool negated) {
  std::vector<std::string> labels;
  for (const auto& operand : comparison.operands) labels.push_back(LabelOf(comparison, operand));
  std::string all = Either(labels, "or");
  const auto* flag =
      comparison.operands.empty() ? nullptr : std::get_if<bool>(&comparison.operands.front());
  switch (negated ? Contrary(comparison.op) : comparison.op) {
    case Operator::kEq:
    case Operator::kIn:
      return all;
    case Operator::kNe:
      return flag ? (*flag ? "no" : "yes") : "not " + all;
    case Operator::kNotIn:
      return "not " + all;
    case Operator::kLt:
      return "less than " + all;
    case Operator::kLe:
      return "at most " + all;
    case Operator::kGt:
      return "more than " + all;
    case Operator::kGe:
      return "at least " + all;
    case Operator::kMatches:
      return fmt::format("{} '{}'", negated ? "not like" : "like", all);
    case Operator::kPresent:
      return comparison.present != negated ? "any value" : "none";
  }
  return all;
}

// The same as a clause that names the fact: "WSL 2 works", "the desktop runs on VMware".
std::string ExpectedClause(const Comparison& comparison, bool negated) {
  std::string value = ExpectedValue(comparison, negated);
  const FactWords* words = WordsFor(comparison);
  if (!comparison.spec) return fmt::format("the pool's {} is {}", Attribute(comparison), value);
  if (!words) return fmt::format("{} is {}", comparison.fact, value);
  if (value == "yes" || value == "no") {
    return Uncapitalised(std::string(value == "yes" ? words->says : words->denies));
  }
  return Uncapitalised(fmt::format(fmt::runtime(words->says), value));
}

std::string ExpectedIn(const Condition& condition, bool negated) {
  if (condition.kind == Condition::Kind::kComparison) {
    return ExpectedClause(condition.comparison, negated);
  }
  if (condition.kind == Condition::Kind::kNot) {
    return ExpectedIn(condition.children.front(), !negated);
  }
  std::vector<std::string> parts;
  for (const auto& child : condition.children) parts.push_back(ExpectedIn(child, negated));
  bool is_all = (condition.kind == Condition::Kind::kAll) != negated;
  return Either(parts, is_all ? "and" : "or");
}

}  // namespace

std::string Statement(const Comparison& comparison, const View& view) {
  if (!comparison.spec) return PoolStatement(comparison, PoolValue(comparison, view));
  const Fact& fact = FactOf(comparison, view);
  return fact.value() ? ValueStatement(comparison, fact)
                      : MissingStatement(comparison, *fact.missing());
}

std::string Actual(const Comparison& comparison, const View& view) {
  if (!comparison.spec) {
    const std::string* value = PoolValue(comparison, view);
    return value ? Label(*value) : "not set";
  }
  const Fact& fact = FactOf(comparison, view);
  if (fact.value()) return LabelOf(comparison, *fact.value());
  if (*fact.missing() == Missing::kAbsent) return "absent";
  return fmt::format("not known: {}", ReasonOf(WordsFor(comparison), *fact.missing()));
}

std::string Expected(const Condition& condition, bool negated) {
  const Condition* only = &condition;
  while (only->kind != Condition::Kind::kComparison && only->children.size() == 1) {
    negated ^= only->kind == Condition::Kind::kNot;
    only = &only->children.front();
  }
  return only->kind == Condition::Kind::kComparison ? ExpectedValue(only->comparison, negated)
                                                    : ExpectedIn(*only, negated);
}

std::string Uncapitalised(std::string text) {
  constexpr std::string_view kOrdinary[] = {"The ",     "A ",         "Whether ", "No ",
                                            "One ",     "Several ",   "How ",     "Where ",
                                            "Signing ", "Containers "};
  bool ordinary =
      std::ranges::any_of(kOrdinary, [&](std::string_view word) { return text.starts_with(word); });
  if (ordinary) text[0] = static_cast<char>(text[0] + ('a' - 'A'));
  return text;
}

}  // namespace vdiwatch::policy
