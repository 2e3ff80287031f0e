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

TEST(Lint, PoolsAloneSpeakOfTheBuiltInPacksRules) {
  const auto of = [](const std::string& rule) {
    return "pools: [{name: x, thresholds: {rules: {" + rule + ": {enter: 1%}}}}]\n";
  };
  EXPECT_EQ(MistakesIn(of("single-instance")), "");
  EXPECT_EQ(MistakesIn(of("singel-instance")),
            "p.yaml:1:40: unknown rule 'singel-instance'; did you mean 'single-instance'?\n");
  std::string pools = of("some-rule");
  EXPECT_EQ(MistakesIn(pools), "p.yaml:1:40: unknown rule 'some-rule'\n");
  std::string pack = PackOf("    require: {platform.kind: vmware}\n");
  EXPECT_EQ(MistakesIn({{"a.yaml", pack}, {"b.yaml", pools}}),
            "b.yaml:1:40: unknown rule 'some-rule'\n");
}

// What lint takes, alone or beside the built-in pack, is what the daemon's loader takes.
TEST(Lint, NeverTakesWhatTheDaemonRefuses) {
  std::vector<std::vector<PolicyFile>> sets;
  for (const char* folder : {"mistakes", "blind", ""}) {
    const fs::path at = fs::path(VDIWATCH_SOURCE_DIR "/tests/policies") / folder;
    for (const auto& entry : fs::directory_iterator(at)) {
      if (entry.path().extension() == ".yaml") sets.push_back({{"p.yaml", Read(entry.path())}});
    }
  }
  for (const char* rule : {"singel-instance", "single-instance", "native-preferred", "r"}) {
    std::string pools =
        std::string("pools: [{name: x, thresholds: {rules: {") + rule + ": {enter: 1%}}}}]\n";
    sets.push_back({{"p.yaml", pools}});
    sets.push_back(
        {{"p.yaml", pools}, {"q.yaml", PackOf("    require: {platform.kind: vmware}\n")}});
  }
  for (const auto& files : sets) {
    if (!MistakesIn(files).empty()) continue;
    auto beside = files;
    beside.insert(beside.begin(), BuiltInPack());
    EXPECT_TRUE(RequireRules(LoadPolicy(files)) || RequireRules(LoadPolicy(beside)))
        << files.front().text;
  }
}

std::string MistakesInRule(std::string_view require) {
  return MistakesIn(PackOf("    require: " + std::string(require) + "\n"));
}

TEST(Lint, SeesBoundsThatLeaveNothing) {
  EXPECT_NE(MistakesInRule("{cpu.logical_processors: {gt: 4, lt: 5}}"), "");
  EXPECT_EQ(MistakesInRule("{cpu.logical_processors: {gt: 4, lt: 6}}"), "");
  EXPECT_EQ(MistakesInRule("{cpu.logical_processors: {lt: 0}}"),
            "p.yaml:4:40: 'cpu.logical_processors' is never below 0\n");
  EXPECT_EQ(MistakesInRule("{cpu.logical_processors: {le: 0}}"), "");
}

TEST(Lint, SeesWhatAlwaysHolds) {
  EXPECT_EQ(MistakesInRule("{any: [{wsl.usable: true}, {not: {wsl.usable: true}}]}"),
            "p.yaml:4:22: one of these always holds\n");
  EXPECT_EQ(MistakesInRule("{any: [{wsl.usable: true}, {wsl.usable: false}]}"), "")
      << "it may be absent";
  EXPECT_EQ(MistakesInRule("{any: [{wsl.usable: true, os.name: x}, {not: {wsl.usable: true}}]}"),
            "");
}

TEST(Lint, SeesAnExceptionInsideWhatIsRequired) {
  const auto said = [](std::string_view when) {
    return MistakesIn(
        PackOf("    require: {cpu.logical_processors: {ge: 4}}\n"
               "    conditions: [{when: {cpu.logical_processors: " +
               std::string(when) + "}, grade: conditional}]\n"));
  };
  for (const char* inside : {"{ge: 8}", "{gt: 4}", "4", "{in: [4, 8]}"}) {
    EXPECT_EQ(said(inside).substr(0, 9), "p.yaml:5:") << inside;
  }
  for (const char* outside : {"{ge: 2}", "2", "{in: [2, 8]}", "{lt: 8}"}) {
    EXPECT_EQ(said(outside), "") << outside;
  }
}

TEST(Lint, SeesWhatInAPoolHasNoEffect) {
  EXPECT_EQ(
      MistakesIn("pools: [{name: x, thresholds: {rules: {citrix-hypervisor: {enter: 1%}}}}]\n"),
      "p.yaml:1:40: 'citrix-hypervisor' is an info rule, which never counts\n");
  EXPECT_EQ(MistakesIn("pools: [{name: x, attributes: {licence: docker_business}}]\n"),
            "p.yaml:1:32: no rule of the built-in pack reads the attribute 'licence'; did you mean "
            "'license'?\n");
  EXPECT_EQ(MistakesIn("pools: [{name: x, attributes: {license: a, licence: b, site: c}}]\n"), "");
  EXPECT_EQ(
      MistakesIn("pools: [{name: \"fin\xE2\x80\x8B\"}]\n"),
      "p.yaml:1:16: a pool's name must not hold the invisible character U+200B, unless agents "
      "tell of the pool under this very name\n");
  const std::string match = "match: {claims.host_name: {matches: ^a}}";
  EXPECT_EQ(MistakesIn("pools:\n  - {name: x, " + match + "}\n  - {name: y, " + match + "}\n"),
            "p.yaml:3:22: this never chooses: the pool in p.yaml:2 has the same match and comes "
            "first\n");
  EXPECT_TRUE(LoadPolicy({{"p.yaml", "pools: [{name: x, attributes: {licence: a}}]\n"}})
                  .diagnostics.empty())
      << "the daemon takes it";
}

TEST(Lint, LinksLeadToPagesAlone) {
  EXPECT_EQ(MistakesIn(PackOf("    url: javascript:alert(1)\n    require: {wsl.usable: true}\n")),
            "p.yaml:4:10: 'url' must begin with https:// or http://\n");
  EXPECT_EQ(MistakesIn("pack: p\nsource: {url: 'javascript:alert(1)'}\nrules: [{id: a, require: "
                       "{wsl.usable: true}}]\n"),
            "p.yaml:2:15: 'url' must begin with https:// or http://\n");
  EXPECT_EQ(
      MistakesIn(PackOf("    url: http://intranet.example/12\n    require: {wsl.usable: true}\n")),
      "");
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
// Not by std::clock(), which counts the time of day on Windows.
double CpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

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
