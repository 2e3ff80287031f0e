#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  auto text = ReadFile(path, 1 << 20);
  EXPECT_TRUE(text) << path;
  return text ? *text : "";
}

// Each sample in tests/policies/mistakes is named by its fault; beside it stands what is said of
// it.
TEST(Lint, SaysEveryMistakeOfTheSamples) {
  int samples = 0;
  for (const auto& entry : fs::directory_iterator(VDIWATCH_SOURCE_DIR "/tests/policies/mistakes")) {
    if (entry.path().extension() != ".yaml") continue;
    ++samples;
    fs::path expected = fs::path(entry.path()).replace_extension(".expected");
    std::string name = entry.path().filename().string();
    EXPECT_EQ(MistakesIn({{name, Read(entry.path())}}), Read(expected)) << name;
  }
  EXPECT_GE(samples, 10);
}

TEST(Lint, NamesTheOtherFileOfANameGivenTwice) {
  std::string pack = PackOf("    require: {platform.kind: vmware}\n");
  EXPECT_EQ(MistakesIn({{"a.yaml", pack}, {"b.yaml", pack}}),
            "b.yaml:1:7: the pack 'p' is already in a.yaml:1\n"
            "b.yaml:3:5: the rule 'r' is already in a.yaml:3\n");
}

TEST(Lint, PoolsAloneMaySpeakOfRulesElsewhere) {
  std::string pools = "pools: [{name: x, thresholds: {rules: {some-rule: {enter: 1%}}}}]\n";
  EXPECT_EQ(MistakesIn(pools), "");
  std::string pack = PackOf("    require: {platform.kind: vmware}\n");
  EXPECT_EQ(MistakesIn({{"a.yaml", pack}, {"b.yaml", pools}}),
            "b.yaml:1:40: unknown rule 'some-rule'\n");
}

TEST(Lint, BoundsTheCostOfARule) {
  std::string many = "    require: {any: [{platform.kind: vmware}";
  for (int i = 0; i < 100; ++i) many += ", {cpu.logical_processors: " + std::to_string(i) + "}";
  EXPECT_EQ(MistakesIn(PackOf(many + "]}\n")),
            "p.yaml:4:14: 'require' makes over 100 comparisons\n");
  EXPECT_NE(
      MistakesIn(PackOf("    require: {os.name: {matches: " + std::string(600, 'a') + "}}\n")), "");
}

TEST(Lint, AHugeRuleIsRefusedSoon) {
  std::string huge = "    require:\n      all:\n";
  for (int i = 0; i < 20'000; ++i)
    huge += "        - {os.name: {ne: a" + std::to_string(i) + "}}\n";
  auto start = std::chrono::steady_clock::now();
  EXPECT_NE(MistakesIn(PackOf(huge)), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace vdiwatch::policy
