#include "tests/agent/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agent/evidence.h"
#include "agent/probe/probe.h"
#include "report/catalogue.h"
#include "report/fact_set.h"

namespace vdiwatch::agent {
namespace {

Json Said(const Fact& fact) {
  if (auto flag = fact.AsBool()) return *flag;
  if (auto number = fact.AsInteger()) return *number;
  if (auto text = fact.AsText()) return std::string(*text);
  return "missing";
}

// "missing" stands for any reason; a reason by name ("absent", "denied") asks for that one.
bool IsExpected(const Fact& fact, const Json& values) {
  return std::ranges::any_of(values, [&](const Json& value) {
    if (fact.missing() && value == std::string(ToString(*fact.missing()))) return true;
    return Said(fact) == value;
  });
}

class CorpusTest : public testing::TestWithParam<Machine> {};

TEST_P(CorpusTest, FactsThatMustFollow) {
  auto evidence = EvidenceFromText(GetParam().evidence, GetParam().id);
  ASSERT_TRUE(evidence) << evidence.error().message;
  Facts facts = Interpret(*evidence);
  for (const auto& [key, values] : GetParam().expect.items()) {
    const Fact& fact = FactOf(facts, key);
    bool undecided = fact.missing() && *fact.missing() != Missing::kAbsent;
    if (undecided && GetParam().may_stay_undecided) continue;  // counted below
    EXPECT_TRUE(IsExpected(fact, values))
        << key << " is " << Describe(fact) << ", expected " << values.dump();
  }
}

TEST_P(CorpusTest, EveryFactIsOneOfTheCatalogue) {
  auto evidence = EvidenceFromText(GetParam().evidence, GetParam().id);
  ASSERT_TRUE(evidence);
  Facts facts = Interpret(*evidence);
  auto checked = FactsFromJson(FactsToJson(facts, Sources::kInclude));
  EXPECT_TRUE(checked) << checked.error().message;
  for (const auto& [key, fact] : facts) {
    const FactSpec* spec = FindFact(key);
    ASSERT_NE(spec, nullptr) << key;
    EXPECT_NE(spec->fact_class, FactClass::kDerived) << key;
    bool named = !fact.sources.empty() || key == "os.family";
    EXPECT_TRUE(!fact.value() || named) << key << " does not say where it was read";
  }
}

std::string NameOf(const testing::TestParamInfo<Machine>& info) {
  std::string name = info.param.id;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Machines, CorpusTest, testing::ValuesIn(Corpus()), NameOf);

// Truth (TARGETS): no recorded machine is called what it is not, and few stay undecided.
TEST(CorpusSummary, FewMachinesStayUndecided) {
  std::size_t undecided = 0;
  std::string names;
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    const Facts facts = Interpret(*evidence);
    const Json& values = machine.expect.value("platform.kind", Json::array({"missing"}));
    if (FactOf(facts, "platform.kind").value() ||
        IsExpected(Unknown(Missing::kUndetermined), values))
      continue;
    ++undecided;
    names += " " + machine.id;
  }
  EXPECT_LE(undecided * 100, Corpus().size() * 3) << names;
}

TEST(CorpusSummary, IsLargeAndNamesEachMachineOnce) {
  std::set<std::string> ids;
  for (const Machine& machine : Corpus()) ids.insert(machine.id);
  EXPECT_GE(ids.size(), 150u);
  EXPECT_EQ(ids.size(), Corpus().size());
}

}  // namespace
}  // namespace vdiwatch::agent
