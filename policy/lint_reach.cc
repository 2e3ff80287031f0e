#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/text.h"
#include "policy/condition.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

// A comparison that a conjunction holds, or whose contrary it holds.
struct Literal {
  const Comparison* comparison = nullptr;
  bool negated = false;
};
using Literals = std::vector<Literal>;

// What must hold whenever the condition does. Real alternatives are left out, so that a
// contradiction found is one, though not every one is found.
void Collect(const Condition& condition, bool negated, Literals& literals) {
  switch (condition.kind) {
    case Condition::Kind::kComparison:
      literals.push_back({&condition.comparison, negated});
      return;
    case Condition::Kind::kNot:
      for (const auto& child : condition.children) Collect(child, !negated, literals);
      return;
    case Condition::Kind::kAll:
    case Condition::Kind::kAny:
      bool conjunction = (condition.kind == Condition::Kind::kAll) != negated;
      if (!conjunction && condition.children.size() > 1) return;
      for (const auto& child : condition.children) Collect(child, negated, literals);
  }
}

Literals LiteralsOf(const Condition& condition) {
  Literals literals;
  Collect(condition, false, literals);
  return literals;
}

// The states of an enumeration or a flag: one bit for each value, the lowest for absent.
using States = std::uint64_t;

bool IsFinite(const Comparison& comparison) {
  return comparison.spec && comparison.spec->values.size() < 60 &&
         (comparison.spec->type == FactType::kEnum || comparison.spec->type == FactType::kBool);
}

States AllStates(const FactSpec& spec) {
  auto values = spec.type == FactType::kBool ? 2 : spec.values.size();
  return (States{1} << (values + 1)) - 1;
}

States StateOf(const FactSpec& spec, const FactValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 4 : 2;
  auto found = std::ranges::find(spec.values, std::get<std::string>(value));
  return States{2} << (found - spec.values.begin());
}

States StatesOf(const Literal& literal) {
  const Comparison& comparison = *literal.comparison;
  const States all = AllStates(*comparison.spec), absent = 1;
  States named = 0;
  for (const auto& operand : comparison.operands) named |= StateOf(*comparison.spec, operand);
  States states = named;
  if (comparison.op == Operator::kNe || comparison.op == Operator::kNotIn) {
    states = all & ~named & ~absent;
  } else if (comparison.op == Operator::kPresent) {
    states = comparison.present ? all & ~absent : absent;
  }
  return literal.negated ? all & ~states : states;
}

// The states that the literals leave to a fact.
States StatesLeft(const Literals& literals, const Comparison& of) {
  States left = AllStates(*of.spec);
  for (const auto& literal : literals) {
    if (literal.comparison->fact == of.fact) left &= StatesOf(literal);
  }
  return left;
}

std::optional<std::strong_ordering> Order(const FactSpec& spec, const FactValue& a,
                                          const FactValue& b) {
  if (spec.type == FactType::kVersion) {
    return CompareVersions(std::get<std::string>(a), std::get<std::string>(b));
  }
  return std::get<std::int64_t>(a) <=> std::get<std::int64_t>(b);
}

constexpr std::int64_t kFar = std::int64_t{1} << 62;

bool IsLower(Operator op) { return op == Operator::kGt || op == Operator::kGe; }
bool IsUpper(Operator op) { return op == Operator::kLt || op == Operator::kLe; }

// The comparison that bounds a fact if the literal holds; of what is not "below 4", one may be
// absent, so that it counts beside a literal only that wants a value.
Operator BoundOf(const Literal& literal) {
  Operator op = literal.comparison->op;
  if (!literal.negated) return op;
  switch (op) {
    case Operator::kLt:
      return Operator::kGe;
    case Operator::kLe:
      return Operator::kGt;
    case Operator::kGt:
      return Operator::kLe;
    case Operator::kGe:
      return Operator::kLt;
    default:
      return Operator::kPresent;  // no bound
  }
}

// Of whole numbers, the bounds themselves; nothing in the operands is near the limits of a number.
std::int64_t LowestOf(const Literal& low) {
  auto bound = std::get<std::int64_t>(low.comparison->operands.front());
  return bound + (BoundOf(low) == Operator::kGt && bound < kFar ? 1 : 0);
}
std::int64_t HighestOf(const Literal& high) {
  auto bound = std::get<std::int64_t>(high.comparison->operands.front());
  return bound - (BoundOf(high) == Operator::kLt && bound > -kFar ? 1 : 0);
}

// Every number of the catalogue counts or measures something.
bool IsBelowZero(const Literal& literal) {
  const Comparison& comparison = *literal.comparison;
  if (!comparison.spec || comparison.spec->type != FactType::kInteger || literal.negated) {
    return false;
  }
  if (IsUpper(comparison.op)) return HighestOf(literal) < 0;
  return comparison.op == Operator::kEq && std::get<std::int64_t>(comparison.operands.front()) < 0;
}

// Whether one bounds the fact from below and the other from above, with nothing in between.
bool BoundsCross(const Literal& low, const Literal& high) {
  const Comparison &a = *low.comparison, &b = *high.comparison;
  if ((low.negated && high.negated) || !IsLower(BoundOf(low)) || !IsUpper(BoundOf(high))) {
    return false;
  }
  if (a.spec->type == FactType::kInteger) return LowestOf(low) > HighestOf(high);
  auto order = Order(*a.spec, a.operands.front(), b.operands.front());
  bool strict = BoundOf(low) == Operator::kGt || BoundOf(high) == Operator::kLt;
  return order && (*order > 0 || (strict && *order == 0));
}

// Whether none of the values that `one` names (eq, in) is one that `other` lets pass.
bool ValuesRefuted(const Literal& one, const Literal& other) {
  const Comparison& named = *one.comparison;
  if (one.negated || (named.op != Operator::kEq && named.op != Operator::kIn)) return false;
  bool is_time = named.spec && named.spec->type == FactType::kTime;
  return std::ranges::none_of(named.operands, [&](const FactValue& operand) {
    // A fact holds a time as text, an operand its seconds.
    FactValue value =
        is_time ? FactValue(FormatTime(FromUnix(std::get<std::int64_t>(operand)))) : operand;
    return (TestValue(*other.comparison, value) == Truth::kTrue) != other.negated;
  });
}

// Absent answers every comparison with no; only `present` can ask for it.
bool WantsAbsent(const Literal& literal) {
  bool is_present = literal.comparison->op == Operator::kPresent;
  return is_present && literal.comparison->present == literal.negated;
}
bool WantsValue(const Literal& literal) {
  bool is_present = literal.comparison->op == Operator::kPresent;
  return is_present ? literal.comparison->present != literal.negated : !literal.negated;
}

// Whether the literal cannot hold together with those before it.
bool Contradicts(const Literals& before, const Literal& literal) {
  const Comparison& comparison = *literal.comparison;
  if (IsBelowZero(literal)) return true;
  if (IsFinite(comparison)) return (StatesLeft(before, comparison) & StatesOf(literal)) == 0;
  return std::ranges::any_of(before, [&](const Literal& earlier) {
    return earlier.comparison->fact == comparison.fact &&
           ((WantsAbsent(earlier) && WantsValue(literal)) ||
            (WantsValue(earlier) && WantsAbsent(literal)) || BoundsCross(earlier, literal) ||
            BoundsCross(literal, earlier) || ValuesRefuted(earlier, literal) ||
            ValuesRefuted(literal, earlier));
  });
}

// The literals that cannot hold together with those before them; one for each fact.
Literals Contradictions(const Literals& literals) {
  Literals before, found;
  for (const Literal& literal : literals) {
    bool known = std::ranges::any_of(found, [&](const Literal& earlier) {
      return earlier.comparison->fact == literal.comparison->fact;
    });
    if (!known && Contradicts(before, literal)) found.push_back(literal);
    before.push_back(literal);
  }
  return found;
}

// Whether what is held leaves only values that the leaf lets pass: "at least 8" of "at least 4",
// "is 8" of "at least 4".
bool ValuesImply(const Literal& held, const Literal& leaf) {
  const Comparison &a = *held.comparison, &b = *leaf.comparison;
  if (held.negated || leaf.negated || !b.spec || a.fact != b.fact) return false;
  if (b.spec->type == FactType::kTime) return false;  // a fact holds a time as text
  if (a.op == Operator::kEq || a.op == Operator::kIn) {
    return std::ranges::all_of(
        a.operands, [&](const FactValue& value) { return TestValue(b, value) == Truth::kTrue; });
  }
  bool same_way = (IsLower(a.op) && IsLower(b.op)) || (IsUpper(a.op) && IsUpper(b.op));
  if (!same_way) return false;
  auto order = Order(*b.spec, a.operands.front(), b.operands.front());
  if (!order) return false;
  if (*order != 0) return IsLower(a.op) ? *order > 0 : *order < 0;
  return a.op == b.op || b.op == Operator::kGe || b.op == Operator::kLe;
}

bool ImpliesLeaf(const Literals& literals, const Literal& leaf) {
  const Comparison& comparison = *leaf.comparison;
  if (IsFinite(comparison)) {
    return (StatesLeft(literals, comparison) & ~StatesOf(leaf)) == 0;
  }
  return std::ranges::any_of(literals, [&](const Literal& literal) {
    const Comparison& held = *literal.comparison;
    if (ValuesImply(literal, leaf)) return true;
    return literal.negated == leaf.negated && held.fact == comparison.fact &&
           held.op == comparison.op && held.operands == comparison.operands &&
           held.present == comparison.present;
  });
}

// Whether the condition holds wherever the literals do.
bool Implies(const Literals& literals, const Condition& condition, bool negated = false) {
  auto implied = [&](const Condition& child) { return Implies(literals, child, negated); };
  switch (condition.kind) {
    case Condition::Kind::kComparison:
      return ImpliesLeaf(literals, {&condition.comparison, negated});
    case Condition::Kind::kNot:
      return Implies(literals, condition.children.front(), !negated);
    case Condition::Kind::kAll:
    case Condition::Kind::kAny:
      bool conjunction = (condition.kind == Condition::Kind::kAll) != negated;
      return conjunction ? std::ranges::all_of(condition.children, implied)
                         : std::ranges::any_of(condition.children, implied);
  }
  return false;
}

Mark FirstMark(const Condition& condition, Mark fallback) {
  if (condition.kind == Condition::Kind::kComparison) return condition.comparison.mark;
  return condition.children.empty() ? fallback : FirstMark(condition.children.front(), fallback);
}

std::optional<Literal> OnlyLiteral(const Condition& condition, bool negated = false) {
  if (condition.kind == Condition::Kind::kComparison)
    return Literal{&condition.comparison, negated};
  if (condition.children.size() != 1) return std::nullopt;
  return OnlyLiteral(condition.children.front(),
                     negated != (condition.kind == Condition::Kind::kNot));
}

// Whether each of several ways is about one enumeration or flag, and they leave nothing out.
bool AlwaysHolds(const Condition& condition) {
  if (condition.kind != Condition::Kind::kAny || condition.children.size() < 2) return false;
  States covered = 0;
  const Comparison* first = nullptr;
  for (const auto& child : condition.children) {
    auto way = OnlyLiteral(child);
    if (!way || !IsFinite(*way->comparison)) return false;
    if (first && first->fact != way->comparison->fact) return false;
    first = way->comparison;
    covered |= StatesOf(*way);
  }
  return covered == AllStates(*first->spec);
}

// Says each part of a condition that contradicts itself, or says nothing; returns whether any does.
bool LintCondition(const Condition& condition, const ParseContext& context) {
  Literals contradictions = Contradictions(LiteralsOf(condition));
  for (const Literal& literal : contradictions) {
    if (IsBelowZero(literal)) {
      context.Complain(literal.comparison->mark,
                       fmt::format("'{}' is never below 0", literal.comparison->fact));
      continue;
    }
    context.Complain(literal.comparison->mark,
                     fmt::format("this can never hold together with what is said of '{}' beside it",
                                 literal.comparison->fact));
  }
  bool found = !contradictions.empty();
  if (found) return true;
  if (AlwaysHolds(condition)) {
    context.Complain(FirstMark(condition, {}), "one of these always holds");
    return true;
  }
  for (const auto& child : condition.children) found |= LintCondition(child, context);
  return found;
}

void LintExceptions(const Rule& rule, const Literals& applies, const ParseContext& context) {
  for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
    const Condition& when = rule.conditions[i].when;
    if (LintCondition(when, context)) continue;
    Literals here = applies;
    Collect(when, false, here);
    Mark mark = FirstMark(when, rule.mark);
    if (!Contradictions(here).empty()) {
      context.Complain(mark, "this is never reached: 'applies_when' rules it out");
    } else if (Implies(here, rule.require)) {
      context.Complain(mark, "this is never reached: wherever it holds, 'require' holds too");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!Implies(here, rule.conditions[j].when)) continue;
      context.Complain(mark,
                       fmt::format("this is never reached: the entry in line {} matches first",
                                   FirstMark(rule.conditions[j].when, rule.mark).line));
      break;
    }
  }
}

// Whether `require` reads what exists on no operating system that 'applies_when' leaves.
bool NeverOnItsOs(const Rule& rule, const Literals& applies) {
  auto family = std::ranges::find_if(
      applies, [](const Literal& literal) { return literal.comparison->fact == "os.family"; });
  if (family == applies.end()) return false;
  const Comparison& comparison = *family->comparison;
  States left = StatesLeft(applies, comparison);
  States linux = StateOf(*comparison.spec, "linux"), windows = StateOf(*comparison.spec, "windows");
  auto foreign = [&](FactOs os) { return ReadsForeignFact(rule.require, {{}, {}, os}); };
  return (left == linux && foreign(FactOs::kLinux)) ||
         (left == windows && foreign(FactOs::kWindows));
}

}  // namespace

void LintReach(const Rule& rule, const ParseContext& context) {
  bool broken = LintCondition(rule.applies_when, context);
  broken |= LintCondition(rule.require, context);
  if (broken || rule.require.children.empty()) return;
  Literals applies = LiteralsOf(rule.applies_when);
  Mark mark = FirstMark(rule.require, rule.mark);
  if (NeverOnItsOs(rule, applies)) {
    context.Complain(mark,
                     "this rule never applies: 'applies_when' names an operating system on "
                     "which 'require' reads facts that do not exist");
  }
  Literals both = applies;
  Collect(rule.require, false, both);
  if (!Contradictions(both).empty()) {
    context.Complain(mark, "this can never hold: 'applies_when' rules it out");
  } else if (Implies(applies, rule.require)) {
    context.Complain(mark, "this rule cannot fail: 'applies_when' already says it");
  }
  LintExceptions(rule, applies, context);
}

}  // namespace vdiwatch::policy
