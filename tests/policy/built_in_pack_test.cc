#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "policy/evaluate.h"
#include "policy/outcome.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

PolicySet BuiltIn() {
  auto set = RequireGood(LoadPolicy({BuiltInPack()}));
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return set ? *set : PolicySet();
}

// A well set up desktop on VMware.
Facts GoodDesktop() {
  return {{"os.family", Known("windows")},
          {"platform.kind", Known("vmware")},
          {"platform.role", Known("guest")},
          {"nested_virtualization.available", Known(true)},
          {"wsl.usable", Known(true)},
          {"persistence.verdict", Known("persistent")},
          {"cpu.logical_processors", Known(std::int64_t{4})},
          {"memory.total_mib", Known(std::int64_t{16384})},
          {"docker_desktop.installed", Known(true)},
          {"docker_desktop.version", Known("4.43.1")},
          {"docker_desktop.backend", Known("wsl2")},
          {"docker_desktop.engine_mode", Known("local")},
          {"docker_desktop.instances", Known(std::int64_t{1})}};
}

const PoolAttributes kBusiness = {{"license", "docker_business"}};

Grade GradeWith(std::initializer_list<std::pair<const char*, Fact>> changes,
                const PoolAttributes& pool = kBusiness) {
  Facts facts = GoodDesktop();
  for (const auto& [key, fact] : changes) facts[key] = fact;
  return Evaluate(BuiltIn(), facts, pool, Time()).grade;
}

TEST(BuiltInPack, IsTheFileInTheSource) {
  auto text = ReadFile(VDIWATCH_SOURCE_DIR "/policy/rules/docker-desktop-vdi.yaml", 1 << 20);
  ASSERT_TRUE(text);
  EXPECT_EQ(BuiltInPack().text, *text);
}

TEST(BuiltInPack, KeepsItsOwnTests) {
  for (const auto& failure : RunRuleTests(BuiltIn())) ADD_FAILURE() << ToString(failure);
}

TEST(BuiltInPack, EachRuleNamesItsSourceTheNextStepAndBothOutcomes) {
  PolicySet set = BuiltIn();
  ASSERT_EQ(set.packs.size(), 1u);
  EXPECT_EQ(set.packs[0].source.as_of, "2025-06-01");
  EXPECT_GE(set.packs[0].rules.size(), 15u);
  for (const Rule& rule : set.packs[0].rules) {
    EXPECT_NE(rule.title, rule.id);
    EXPECT_FALSE(rule.section.empty()) << rule.id;
    EXPECT_TRUE(rule.url.starts_with("https://")) << rule.id;
    EXPECT_FALSE(rule.because.empty()) << rule.id;
    EXPECT_FALSE(rule.remediation.empty()) << rule.id;
    EXPECT_FALSE(rule.expects.empty()) << rule.id;
    std::set<Grade> expected;
    for (const RuleTest& test : rule.tests) expected.insert(test.expect);
    EXPECT_GE(expected.size(), 3u) << rule.id;
    EXPECT_TRUE(expected.contains(Grade::kCompliant)) << rule.id;
  }
}

bool AllHold(const Rule& rule) {
  return std::ranges::all_of(rule.tests, [&](const RuleTest& test) {
    PoolAttributes pool(test.pool.begin(), test.pool.end());
    return Decide(rule, ViewOf(test.facts, pool)).grade == test.expect;
  });
}

// Stricter than lint: each exception, each comparison and the rule's scope are there for a test.
TEST(BuiltInPack, ItsTestsNoticeWhenAnyPartOfARuleIsGone) {
  const PolicySet set = BuiltIn();
  for (const auto& found : LintTests(set)) ADD_FAILURE() << ToString(found);
  for (const Rule& rule : set.packs.at(0).rules) {
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
      Rule changed = rule;
      changed.conditions.erase(changed.conditions.begin() + static_cast<std::ptrdiff_t>(i));
      bool says_more_alone = rule.conditions[i].grade == rule.otherwise;  // its words differ
      EXPECT_TRUE(says_more_alone || !AllHold(changed)) << rule.id << " exception " << i;
    }
    for (std::size_t i = 0; i < rule.applies_when.children.size(); ++i) {
      Rule changed = rule;
      changed.applies_when.children.erase(changed.applies_when.children.begin() +
                                          static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(AllHold(changed)) << rule.id << " applies_when " << i;
    }
    for (std::size_t i = 0; i < rule.require.children.size(); ++i) {
      Rule changed = rule;
      changed.require.children.erase(changed.require.children.begin() +
                                     static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(AllHold(changed)) << rule.id << " require " << i;
    }
  }
}

TEST(BuiltInPack, NamesWhomToAsk) {
  const PolicySet set = BuiltIn();
  for (const Rule& rule : set.packs.at(0).rules) {
    EXPECT_FALSE(rule.contact.empty()) << rule.id;
  }
}

TEST(BuiltInPack, AGoodDesktopIsCompliant) {
  EXPECT_EQ(GradeWith({}), Grade::kCompliant);
  EXPECT_EQ(GradeWith({{"platform.kind", Known("azure")}}), Grade::kCompliant);
  EXPECT_EQ(GradeWith({{"docker_desktop.instances", Known(FactValue(std::int64_t{0}))}}),
            Grade::kCompliant);
  EXPECT_EQ(GradeWith({{"docker_desktop.engine_mode", Unknown(Missing::kUndetermined)}}),
            Grade::kCompliant);
}

TEST(BuiltInPack, WithoutALicenceTheDesktopIsConditional) {
  EXPECT_EQ(GradeWith({}, {}), Grade::kConditional);
  EXPECT_EQ(GradeWith({}, {{"license", "personal"}}), Grade::kConditional);
}

TEST(BuiltInPack, EachFaultDecides) {
  EXPECT_EQ(GradeWith({{"platform.kind", Known("xen_server")}}), Grade::kNoncompliant);
  EXPECT_EQ(GradeWith({{"platform.kind", Known("aws_nitro")}}), Grade::kNoncompliant);
  EXPECT_EQ(GradeWith({{"platform.kind", Known("nutanix_ahv")}}), Grade::kConditional);
  EXPECT_EQ(GradeWith({{"nested_virtualization.available", Known(false)}}), Grade::kNoncompliant);
  EXPECT_EQ(GradeWith({{"persistence.verdict", Known("non_persistent")}}), Grade::kNoncompliant);
  EXPECT_EQ(GradeWith({{"persistence.verdict", Known("conflict")}}), Grade::kUnknown);
  EXPECT_EQ(GradeWith({{"docker_desktop.instances", Known(std::int64_t{2})}}),
            Grade::kNoncompliant);
  EXPECT_EQ(GradeWith({{"memory.total_mib", Known(std::int64_t{8192})}}), Grade::kConditional);
  EXPECT_EQ(GradeWith({{"wsl.usable", Unknown(Missing::kDenied)},
                       {"feature.hyper_v", Known("disabled")}}),
            Grade::kUnknown);
}

TEST(BuiltInPack, WithoutDockerDesktopReadinessIsJudgedAsIfLocal) {
  Facts facts = {{"os.family", Known("windows")},
                 {"platform.kind", Known("xen_server")},
                 {"platform.role", Known("guest")},
                 {"nested_virtualization.available", Known(false)},
                 {"persistence.verdict", Known("persistent")},
                 {"docker_desktop.installed", Known(false)}};
  EXPECT_EQ(Evaluate(BuiltIn(), facts, kBusiness, Time()).grade, Grade::kNoncompliant);
  facts["platform.kind"] = Known("vmware");
  facts["nested_virtualization.available"] = Known(true);
  facts["wsl.usable"] = Known(true);
  facts["cpu.logical_processors"] = Known(std::int64_t{8});
  facts["memory.total_mib"] = Known(std::int64_t{32768});
  EXPECT_EQ(Evaluate(BuiltIn(), facts, kBusiness, Time()).grade, Grade::kCompliant);
}

TEST(BuiltInPack, DockersCloudLiftsWhatTheLocalEngineNeedsAndNothingElse) {
  auto cloud = [](const char* key, Fact fact) {
    return GradeWith({{"docker_desktop.engine_mode", Known("cloud")},
                      {"platform.kind", Known("xen_server")},
                      {"nested_virtualization.available", Known(false)},
                      {"wsl.usable", Known(false)},
                      {"feature.hyper_v", Known("disabled")},
                      {key, std::move(fact)}});
  };
  EXPECT_EQ(cloud("docker_desktop.version", Known("4.42.0")), Grade::kCompliant);
  EXPECT_EQ(cloud("docker_desktop.version", Known("4.41.2")), Grade::kNoncompliant);
  EXPECT_EQ(cloud("platform.kind", Known("vmware")), Grade::kCompliant);
  EXPECT_EQ(cloud("docker_desktop.backend", Known("windows_containers")), Grade::kCompliant);
  EXPECT_EQ(cloud("docker_desktop.backend", Known("hyper_v")), Grade::kCompliant);
  EXPECT_EQ(cloud("persistence.verdict", Known("non_persistent")), Grade::kNoncompliant);
  EXPECT_EQ(cloud("docker_desktop.instances", Known(std::int64_t{2})), Grade::kNoncompliant);
}

TEST(BuiltInPack, APhysicalMachineIsNotItsBusiness) {
  EXPECT_EQ(GradeWith({{"platform.kind", Known("bare_metal")}, {"platform.role", Known("host")}}),
            Grade::kNotApplicable);
}

TEST(BuiltInPack, ALinuxGuestIsJudgedByWhatExistsThere) {
  EXPECT_EQ(GradeWith({{"os.family", Known("linux")},
                       {"wsl.usable", Unknown(Missing::kNotGathered)},
                       {"docker_desktop.backend", Unknown(Missing::kNotGathered)}}),
            Grade::kCompliant);
}

}  // namespace
}  // namespace vdiwatch::policy
