#include "server/stored_verdict.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

constexpr std::string_view kText = R"({"grade":"noncompliant","rules":[
  {"actual":"xen","facts":{"id":{"value":"x"},"rules":{"value":["why"]}},"grade":"noncompliant",
   "id":"hypervisor","remediation":"Move \"it\".","severity":"critical","title":"T",
   "url":"https://docs.example","contact":"C","why":"It runs on Xen."},
  {"id":"odd","grade":"of another release","why":"?"},
  {"facts":{},"grade":"waived","id":"persistent","severity":"minor",
   "waiver":{"grade":"conditional","id":"w-1","text":"Waived by jane."},"why":"W"}],
  "more":[{"id":"no","grade":"compliant"}]})";

std::vector<StoredRule> RulesOf(std::string_view text) {
  std::vector<StoredRule> rules;
  ReadStoredRules(text, [&](StoredRule&& rule) {
    rules.push_back(std::move(rule));
    return true;
  });
  return rules;
}

TEST(StoredVerdictTest, RulesComeInOrderWithTheirOwnMembers) {
  const auto rules = RulesOf(kText);
  ASSERT_EQ(rules.size(), 2u) << "a grade of another release is left out";
  EXPECT_EQ(rules[0].id, "hypervisor");
  EXPECT_EQ(rules[0].grade, Grade::kNoncompliant);
  EXPECT_EQ(rules[0].severity, "critical");
  EXPECT_EQ(rules[0].title, "T");
  EXPECT_EQ(rules[0].url, "https://docs.example");
  EXPECT_EQ(rules[0].remediation, "Move \"it\".");
  EXPECT_EQ(rules[0].contact, "C");
  EXPECT_EQ(rules[0].why, "It runs on Xen.");
  EXPECT_EQ(rules[0].waiver, "");
  EXPECT_EQ(rules[1].id, "persistent");
  EXPECT_EQ(rules[1].grade, Grade::kWaived) << "not what it would be without the waiver";
  EXPECT_EQ(rules[1].waiver, "w-1");
  EXPECT_EQ(rules[1].excuse, "Waived by jane.");
  EXPECT_EQ(rules[1].title, "") << "nothing is left of the rule before";
}

TEST(StoredVerdictTest, ItStopsWhereItIsTold) {
  int seen = 0;
  ReadStoredRules(kText, [&](StoredRule&&) { return ++seen < 1; });
  EXPECT_EQ(seen, 1);
}

TEST(StoredVerdictTest, WhatIsNoVerdictHasNoRules) {
  for (const char* text :
       {"", "null", "[]", "{", R"({"rules":7})", R"({"rules":[[{"id":"x"}]]})"}) {
    EXPECT_TRUE(RulesOf(text).empty()) << text;
  }
}

}  // namespace
}  // namespace vdiwatch::server
