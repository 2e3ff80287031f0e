#include <gtest/gtest.h>

#include "policy/evaluate.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

// The truth of a condition, written in flow style, over facts and pool attributes.
Truth Holds(std::string_view condition, const Facts& facts, const PoolAttributes& pool = {}) {
  Rule rule = RuleOf("    require: " + std::string(condition) + "\n");
  return Test(rule.require, facts, pool);
}

constexpr Missing kOpen[] = {Missing::kDenied, Missing::kFailed, Missing::kNotGathered,
                             Missing::kUndetermined};

TEST(Condition, ComparesByTheTypeOfTheCatalogue) {
  Facts facts = {{"platform.kind", Known("vmware")},
                 {"docker_desktop.version", Known("4.100.0")},
                 {"cpu.logical_processors", Known(std::int64_t{4})},
                 {"wsl.usable", Known(true)},
                 {"azure.vm_size", Known("Standard_D4s_v5")},
                 {"docker_desktop.installed_at", Known("2026-01-01T12:00:00Z")}};
  const std::pair<std::string_view, Truth> cases[] = {
      {"{platform.kind: vmware}", Truth::kTrue},
      {"{platform.kind: azure}", Truth::kFalse},
      {"{platform.kind: {ne: azure}}", Truth::kTrue},
      {"{platform.kind: {in: [azure, vmware]}}", Truth::kTrue},
      {"{platform.kind: {not_in: [azure, vmware]}}", Truth::kFalse},
      {"{docker_desktop.version: {gt: 4.42}}", Truth::kTrue},  // not the number 4.1
      {"{docker_desktop.version: {ge: 4.100}}", Truth::kTrue},
      {"{docker_desktop.version: 4.100}", Truth::kTrue},  // 4.100 is 4.100.0
      {"{docker_desktop.version: {lt: 4.100}}", Truth::kFalse},
      {"{cpu.logical_processors: {ge: 4, lt: 8}}", Truth::kTrue},
      {"{cpu.logical_processors: {le: 3}}", Truth::kFalse},
      {"{wsl.usable: true}", Truth::kTrue},
      {"{wsl.usable: {ne: true}}", Truth::kFalse},
      {"{azure.vm_size: {matches: '^Standard_D\\d'}}", Truth::kTrue},
      {"{azure.vm_size: {matches: '_v4$'}}", Truth::kFalse},
      {"{azure.vm_size: {present: true}}", Truth::kTrue},
      {"{azure.vm_size: {present: false}}", Truth::kFalse},
      {"{docker_desktop.installed_at: {gt: 2026-01-01}}", Truth::kTrue},
      {"{docker_desktop.installed_at: '2026-01-01T13:00:00+01:00'}", Truth::kTrue},
      {"{platform.kind: vmware, wsl.usable: false}", Truth::kFalse},
      {"{any: [{platform.kind: azure}, {wsl.usable: true}]}", Truth::kTrue},
      {"{all: [{platform.kind: vmware}, {not: {wsl.usable: false}}]}", Truth::kTrue},
  };
  for (auto [condition, expected] : cases) {
    EXPECT_EQ(Holds(condition, facts), expected) << condition;
  }
}

struct Ordered {
  std::string fact;
  Fact value;
  std::string below, equal, above;
};

TEST(Condition, OrdersNumbersVersionsAndTimes) {
  const Ordered samples[] = {
      {"cpu.logical_processors", Known(std::int64_t{4}), "3", "4", "10"},
      {"docker_desktop.version", Known("4.42.0"), "4.9", "4.42", "4.100"},
      {"docker_desktop.version", Known("4.43.0-rc1"), "4.42.9", "4.43", "4.43.0.1"},
      {"os.build", Known("10.0.22631.1"), "10.0.22631", "10.0.22631.1.0", "10.0.22631.2"},
      {"docker_desktop.installed_at", Known("2026-01-02T00:00:00Z"), "2026-01-01",
       "'2026-01-02T02:00:00+02:00'", "'2026-01-02T00:30:00Z'"},
  };
  const std::tuple<std::string, Truth, Truth, Truth> table[] = {
      {"eq", Truth::kFalse, Truth::kTrue, Truth::kFalse},
      {"ne", Truth::kTrue, Truth::kFalse, Truth::kTrue},
      {"lt", Truth::kFalse, Truth::kFalse, Truth::kTrue},
      {"le", Truth::kFalse, Truth::kTrue, Truth::kTrue},
      {"gt", Truth::kTrue, Truth::kFalse, Truth::kFalse},
      {"ge", Truth::kTrue, Truth::kTrue, Truth::kFalse},
  };
  for (const Ordered& sample : samples) {
    Facts facts = {{sample.fact, sample.value}};
    auto holds = [&](const std::string& op, const std::string& operand) {
      return Holds("{" + sample.fact + ": {" + op + ": " + operand + "}}", facts);
    };
    for (const auto& [op, below, equal, above] : table) {
      EXPECT_EQ(holds(op, sample.below), below) << sample.fact << op;
      EXPECT_EQ(holds(op, sample.equal), equal) << sample.fact << op;
      EXPECT_EQ(holds(op, sample.above), above) << sample.fact << op;
    }
    std::string list = "[" + sample.below + ", " + sample.equal + "]";
    EXPECT_EQ(holds("in", list), Truth::kTrue) << sample.fact;
    EXPECT_EQ(holds("not_in", list), Truth::kFalse) << sample.fact;
    EXPECT_EQ(holds("in", "[" + sample.above + "]"), Truth::kFalse) << sample.fact;
  }
}

TEST(Condition, EachOperatorFitsItsTypesAndNoOther) {
  const std::pair<std::string, std::string> types[] = {
      {"wsl.usable", "true"},      {"cpu.logical_processors", "4"},
      {"azure.vm_size", "x"},      {"docker_desktop.version", "4.42"},
      {"platform.kind", "vmware"}, {"docker_desktop.installed_at", "2026-01-01"},
      {"pool.license", "x"},
  };
  const std::pair<std::string, std::string> operators[] = {
      {"eq", "1111111"},      {"ne", "1111111"},      {"in", "0111111"}, {"not_in", "0111111"},
      {"lt", "0101010"},      {"le", "0101010"},      {"gt", "0101010"}, {"ge", "0101010"},
      {"matches", "0011001"}, {"present", "1111111"},
  };
  for (const auto& [op, fits] : operators) {
    for (std::size_t i = 0; i < std::size(types); ++i) {
      const auto& [fact, value] = types[i];
      std::string operand = op == "present"      ? "true"
                            : op.ends_with("in") ? "[" + value + "]"
                                                 : value;
      std::string condition = "{" + fact + ": {" + op + ": " + operand + "}}";
      std::string mistakes = MistakesIn(PackOf("    require: " + condition + "\n"));
      EXPECT_EQ(mistakes.empty(), fits[i] == '1') << condition << mistakes;
      bool about = mistakes.empty() || mistakes.find("does not fit '") != std::string::npos;
      EXPECT_TRUE(about) << condition << mistakes;
    }
  }
}

TEST(Condition, OverAnAbsentFactEveryComparisonIsFalse) {
  Facts facts = {{"azure.vm_size", Unknown(Missing::kAbsent)}};
  for (std::string_view comparison : {"x", "{eq: x}", "{ne: x}", "{in: [x]}", "{not_in: [x]}",
                                      "{matches: x}", "{present: true}"}) {
    std::string plain = "{azure.vm_size: " + std::string(comparison) + "}";
    EXPECT_EQ(Holds(plain, facts), Truth::kFalse) << plain;
    EXPECT_EQ(Holds("{not: " + plain + "}", facts), Truth::kTrue) << plain;
  }
  EXPECT_EQ(Holds("{azure.vm_size: {present: false}}", facts), Truth::kTrue);
}

TEST(Condition, EveryOtherMissingFactIsUnknownUnderAnyNegation) {
  for (Missing why : kOpen) {
    Facts facts = {{"azure.vm_size", Unknown(why)}};
    for (std::string_view comparison : {"x", "{ne: x}", "{in: [x]}", "{not_in: [x]}",
                                        "{matches: x}", "{present: true}", "{present: false}"}) {
      std::string plain = "{azure.vm_size: " + std::string(comparison) + "}";
      EXPECT_EQ(Holds(plain, facts), Truth::kUnknown) << plain << ToString(why);
      EXPECT_EQ(Holds("{not: " + plain + "}", facts), Truth::kUnknown) << plain << ToString(why);
      EXPECT_EQ(Holds("{not: {not: " + plain + "}}", facts), Truth::kUnknown) << plain;
    }
  }
}

// Kleene's tables: `t`, `f` and `u` are the truth of the parts.
TEST(Condition, GroupsFollowKleene) {
  Facts facts = {{"wsl.usable", Known(true)},
                 {"nested_virtualization.exposed", Known(false)},
                 {"os.multi_session", Unknown(Missing::kDenied)}};
  const std::string t = "{wsl.usable: true}", f = "{nested_virtualization.exposed: true}",
                    u = "{os.multi_session: true}";
  auto all = [](const std::string& a, const std::string& b) {
    return "{all: [" + a + ", " + b + "]}";
  };
  auto any = [](const std::string& a, const std::string& b) {
    return "{any: [" + a + ", " + b + "]}";
  };
  const std::tuple<std::string, std::string, Truth, Truth> table[] = {
      {t, t, Truth::kTrue, Truth::kTrue},     {t, u, Truth::kUnknown, Truth::kTrue},
      {t, f, Truth::kFalse, Truth::kTrue},    {u, u, Truth::kUnknown, Truth::kUnknown},
      {u, f, Truth::kFalse, Truth::kUnknown}, {f, f, Truth::kFalse, Truth::kFalse},
  };
  for (const auto& [a, b, both, either] : table) {
    EXPECT_EQ(Holds(all(a, b), facts), both) << a << b;
    EXPECT_EQ(Holds(all(b, a), facts), both) << a << b;
    EXPECT_EQ(Holds(any(a, b), facts), either) << a << b;
    EXPECT_EQ(Holds(any(b, a), facts), either) << a << b;
  }
}

TEST(Condition, PoolAttributesAreTextAndAbsentWhenUnset) {
  PoolAttributes pool = {{"license", "docker_business"}};
  EXPECT_EQ(Holds("{pool.license: docker_business}", {}, pool), Truth::kTrue);
  EXPECT_EQ(Holds("{pool.license: {in: [a, b]}}", {}, pool), Truth::kFalse);
  EXPECT_EQ(Holds("{pool.license: {matches: business}}", {}, pool), Truth::kTrue);
  EXPECT_EQ(Holds("{pool.site: {ne: x}}", {}, pool), Truth::kFalse);
  EXPECT_EQ(Holds("{not: {pool.site: x}}", {}, pool), Truth::kTrue);
  EXPECT_EQ(Holds("{pool.site: {present: false}}", {}, pool), Truth::kTrue);
}

TEST(Condition, AWordOfANewerReleaseDecidesNothing) {
  Facts facts = {{"platform.kind", Known("quantum_hv")}};
  EXPECT_EQ(Holds("{platform.kind: vmware}", facts), Truth::kUnknown);
  EXPECT_EQ(Holds("{platform.kind: {not_in: [xen]}}", facts), Truth::kUnknown);
  EXPECT_EQ(Holds("{platform.kind: {present: true}}", facts), Truth::kTrue);
}

TEST(Condition, AValueOfAnotherTypeDecidesNothing) {
  Facts facts = {{"cpu.logical_processors", Known("four")}, {"wsl.version", Known("new")}};
  EXPECT_EQ(Holds("{cpu.logical_processors: {ge: 4}}", facts), Truth::kUnknown);
  EXPECT_EQ(Holds("{wsl.version: {ge: 2.0}}", facts), Truth::kUnknown);
}

TEST(Condition, WhatCannotBeThereIsAbsent) {
  Facts linux_machine = {{"os.family", Known("linux")}};
  EXPECT_EQ(Holds("{not: {wsl.usable: true}}", linux_machine), Truth::kTrue);
  Facts without = {{"docker_desktop.installed", Known(false)}};
  EXPECT_EQ(Holds("{not: {docker_desktop.engine_mode: cloud}}", without), Truth::kTrue);
  Facts with = {{"docker_desktop.installed", Known(true)}};
  EXPECT_EQ(Holds("{not: {docker_desktop.engine_mode: cloud}}", with), Truth::kUnknown);
}

}  // namespace
}  // namespace vdiwatch::policy
