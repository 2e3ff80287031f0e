#include "policy/condition.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace vdiwatch::policy {
namespace {

Truth Of(bool holds) { return holds ? Truth::kTrue : Truth::kFalse; }

bool ExistsOn(const Comparison& comparison, std::optional<FactOs> os) {
  return !comparison.spec || comparison.spec->os == FactOs::kAny || !os ||
         comparison.spec->os == *os;
}

// How the value stands to an operand; nothing if the value is not of the operand's type, as a
// newer agent may send it.
std::optional<std::strong_ordering> Order(FactType type, const FactValue& value,
                                          const FactValue& operand) {
  if (type == FactType::kTime) {
    const auto* text = std::get_if<std::string>(&value);
    auto time = text ? ParseTime(*text) : Result<Time>(Invalid("no time"));
    if (!time) return std::nullopt;
    return ToUnix(*time) <=> std::get<std::int64_t>(operand);
  }
  if (value.index() != operand.index()) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return *number <=> std::get<std::int64_t>(operand);
  }
  if (const auto* flag = std::get_if<bool>(&value)) return *flag <=> std::get<bool>(operand);
  const auto& text = std::get<std::string>(value);
  const auto& other = std::get<std::string>(operand);
  if (type == FactType::kVersion) return CompareVersions(text, other);
  return text.compare(other) <=> 0;
}

Truth IsAmong(const Comparison& comparison, FactType type, const FactValue& value) {
  for (const FactValue& operand : comparison.operands) {
    auto order = Order(type, value, operand);
    if (!order) return Truth::kUnknown;
    if (*order == 0) return Truth::kTrue;
  }
  return IsUnheardOf(comparison, value) ? Truth::kUnknown : Truth::kFalse;
}

Truth IsOrdered(const Comparison& comparison, FactType type, const FactValue& value) {
  auto order = Order(type, value, comparison.operands.front());
  if (!order) return Truth::kUnknown;
  switch (comparison.op) {
    case Operator::kLt:
      return Of(*order < 0);
    case Operator::kLe:
      return Of(*order <= 0);
    case Operator::kGt:
      return Of(*order > 0);
    default:
      return Of(*order >= 0);
  }
}

Truth Matches(const Comparison& comparison, const FactValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return Truth::kUnknown;
  return Of(RE2::PartialMatch(*text, *comparison.pattern));
}

// Over what is not there every comparison is false, except that it is not there.
Truth TestAbsent(const Comparison& comparison) {
  return Of(comparison.op == Operator::kPresent && !comparison.present);
}

// The attributes of a pool are few and text: no FactValue is built to compare one.
Truth TestPoolValue(const Comparison& comparison, const std::string& text) {
  auto equals = [&](const FactValue& operand) { return std::get<std::string>(operand) == text; };
  switch (comparison.op) {
    case Operator::kMatches:
      return Of(RE2::PartialMatch(text, *comparison.pattern));
    case Operator::kPresent:
      return Of(comparison.present);
    case Operator::kNe:
    case Operator::kNotIn:
      return Of(std::ranges::none_of(comparison.operands, equals));
    default:
      return Of(std::ranges::any_of(comparison.operands, equals));
  }
}

Truth TestGroup(const Condition& condition, const View& view) {
  bool is_all = condition.kind == Condition::Kind::kAll;
  Truth decisive = is_all ? Truth::kFalse : Truth::kTrue;
  Truth result = Not(decisive);
  for (const Condition& child : condition.children) {
    Truth truth = Test(child, view);
    if (truth == decisive) return decisive;
    if (truth == Truth::kUnknown) result = Truth::kUnknown;
  }
  return result;
}

}  // namespace

bool IsUnheardOf(const Comparison& comparison, const FactValue& value) {
  if (!comparison.spec || comparison.spec->type != FactType::kEnum) return false;
  const auto* text = std::get_if<std::string>(&value);
  return !text ||
         std::ranges::find(comparison.spec->values, *text) == comparison.spec->values.end();
}

Truth TestValue(const Comparison& comparison, const FactValue& value) {
  FactType type = comparison.spec ? comparison.spec->type : FactType::kText;
  switch (comparison.op) {
    case Operator::kEq:
    case Operator::kIn:
      return IsAmong(comparison, type, value);
    case Operator::kNe:
    case Operator::kNotIn:
      return Not(IsAmong(comparison, type, value));
    case Operator::kLt:
    case Operator::kLe:
    case Operator::kGt:
    case Operator::kGe:
      return IsOrdered(comparison, type, value);
    case Operator::kMatches:
      return Matches(comparison, value);
    case Operator::kPresent:
      return Of(comparison.present);
  }
  return Truth::kUnknown;
}

View ViewOf(const Facts& facts, const PoolAttributes& pool) {
  auto family = vdiwatch::FactOf(facts, "os.family").AsText();
  std::optional<FactOs> os;
  if (family == "windows") os = FactOs::kWindows;
  if (family == "linux") os = FactOs::kLinux;
  bool no_docker = vdiwatch::FactOf(facts, "docker_desktop.installed").AsBool() == false;
  return {facts, pool, os, no_docker};
}

const Fact& FactOf(const Comparison& comparison, const View& view) {
  static const Fact kAbsent = Unknown(Missing::kAbsent);
  if (!ExistsOn(comparison, view.os)) return kAbsent;
  const Fact& fact = vdiwatch::FactOf(view.facts, comparison.fact);
  bool gone = view.no_docker_desktop && comparison.fact.starts_with("docker_desktop.");
  return gone && !fact.value() ? kAbsent : fact;
}

const std::string* PoolValue(const Comparison& comparison, const View& view) {
  auto found =
      view.pool.find(std::string_view(comparison.fact).substr(comparison.fact.find('.') + 1));
  return found == view.pool.end() ? nullptr : &found->second;
}

Truth Not(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

Truth Test(const Comparison& comparison, const View& view) {
  if (!comparison.spec) {
    const std::string* text = PoolValue(comparison, view);
    return text ? TestPoolValue(comparison, *text) : TestAbsent(comparison);
  }
  const Fact& fact = FactOf(comparison, view);
  if (const FactValue* value = fact.value()) return TestValue(comparison, *value);
  return *fact.missing() == Missing::kAbsent ? TestAbsent(comparison) : Truth::kUnknown;
}

Truth Test(const Condition& condition, const View& view) {
  switch (condition.kind) {
    case Condition::Kind::kComparison:
      return Test(condition.comparison, view);
    case Condition::Kind::kNot:
      return Not(Test(condition.children.front(), view));
    case Condition::Kind::kAll:
    case Condition::Kind::kAny:
      return TestGroup(condition, view);
  }
  return Truth::kUnknown;
}

Truth Test(const Condition& condition, const Facts& facts, const PoolAttributes& pool) {
  return Test(condition, ViewOf(facts, pool));
}

bool ReadsForeignFact(const Condition& condition, const View& view) {
  if (condition.kind == Condition::Kind::kComparison) {
    return !ExistsOn(condition.comparison, view.os);
  }
  return std::ranges::any_of(condition.children,
                             [&](const Condition& child) { return ReadsForeignFact(child, view); });
}

}  // namespace vdiwatch::policy
