#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/file.h"
#include "policy/evaluate.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  auto text = ReadFile(path, 1 << 20);
  EXPECT_TRUE(text) << path;
  return text ? *text : "";
}

// VDIWATCH_REWRITE=1 writes what is said instead of comparing it.
void ExpectSaid(const std::string& said, const fs::path& path) {
  if (std::getenv("VDIWATCH_REWRITE")) {
    ASSERT_TRUE(WriteFile(path, said, FileMode::kPublic));
  }
  EXPECT_EQ(said, Read(path)) << path.filename();
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
    ExpectSaid(MistakesIn({{name, Read(entry.path())}}), expected);
  }
  EXPECT_GE(samples, 10);
}

TEST(Lint, SaysWhichTestsTellNothingApart) {
  const fs::path folder = VDIWATCH_SOURCE_DIR "/tests/policies/blind";
  auto loaded = LoadPolicy({{"tests.yaml", Read(folder / "tests.yaml")}});
  EXPECT_TRUE(loaded.diagnostics.empty());
  std::string said;
  for (const auto& found : LintTests(loaded.set)) said += ToString(found) + "\n";
  ExpectSaid(said, folder / "tests.expected");
}

TEST(Lint, TestsOfARuleWithMistakesAreNotJudged) {
  auto loaded = LoadPolicy({{"p.yaml", PackOf("    require: {platform.kind: vmwre}\n"
                                              "    tests: [{facts: {}, expect: unknown}]\n")}});
  EXPECT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_TRUE(LintTests(loaded.set).empty());
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

// What this process used, whatever else the machine does.
double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// `piece` n times, with "#" for the number.
std::string Numbered(int n, std::string_view piece) {
  std::string text;
  for (int i = 0; i < n; ++i) {
    auto at = piece.find('#');
    text +=
        std::string(piece.substr(0, at)) + std::to_string(i) + std::string(piece.substr(at + 1));
  }
  return text;
}

// As many values as a file may hold, in each place that takes many.
TEST(Lint, AHugeFileIsRefusedSoonAndInAFewLines) {
  const std::pair<std::string_view, std::string> hostile[] = {
      {"comparisons",
       PackOf("    require:\n      all:\n" + Numbered(20'000, "        - {os.name: {ne: a#}}\n"))},
      {"values", PackOf("    require: {os.name: {in: [" + Numbered(90'000, "a#, ") + "]}}\n")},
      {"facts", PackOf("    require:\n" + Numbered(30'000, "      platform.kin#: vmware\n"))},
      {"keys", PackOf(Numbered(40'000, "    severit#: major\n"))},
      {"operators", PackOf("    require:\n      os.name: {" + Numbered(40'000, "i#: a, ") + "}\n")},
      {"tests", PackOf("    require: {platform.kind: vmware}\n    tests:\n" +
                       Numbered(30'000, "      - {fact: #}\n"))},
      {"rules", "pack: p\nrules:\n" + Numbered(30'000, "  - {id: Rule#}\n")},
      {"pools", "pools:\n" + Numbered(30'000, "  - {nam: #}\n")},
      {"documents", Numbered(30'000, "---\nrulez: #\n")},
  };
  for (const auto& [what, text] : hostile) {
    double before = CpuSeconds();
    std::string said = MistakesIn(text);
    EXPECT_NE(said, "") << what;
    EXPECT_LE(std::ranges::count(said, '\n'), 201) << what;
    // Far above what it takes, for the sanitizers.
    EXPECT_LT(CpuSeconds() - before, 5) << what;
  }
}

}  // namespace
}  // namespace vdiwatch::policy
