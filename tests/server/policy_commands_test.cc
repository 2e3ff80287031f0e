#include "server/policy_commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/json.h"

namespace vdiwatch::server {
namespace {

namespace fs = std::filesystem;

constexpr auto kPack =
    "pack: p\nrules:\n  - {id: a, title: A, severity: critical, require: {platform.kind: vmware},\n"
    "     remediation: Move., contact: Someone,\n"
    "     tests: [{facts: {platform.kind: vmware}, expect: compliant}, {facts: {platform.kind: "
    "kvm}, "
    "expect: noncompliant}]}\n";

constexpr auto kOneTest =
    "pack: p\nrules:\n  - {id: a, require: {platform.kind: vmware},\n"
    "     tests: [{facts: {platform.kind: vmware}, expect: compliant}]}\n";

class PolicyCommandsTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        fs::temp_directory_path() / ("vdiwatch-policy-commands-" + std::to_string(::getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string File(const std::string& name, std::string_view text) {
    EXPECT_TRUE(WriteFile(directory_ / name, text, FileMode::kPublic));
    return (directory_ / name).string();
  }
  std::string FactsFile(std::string_view answer) {
    return File("facts.json", R"({"format":"vdiwatch-facts/1","facts":{"platform.kind":)" +
                                  std::string(answer) + "}}");
  }
  int Eval(std::string facts, bool json = false, std::vector<std::string> attrs = {},
           std::string at = "") {
    out_.str("");
    err_.str("");
    PolicyEvalOptions options{
        {File("p.yaml", kPack)}, std::move(facts), std::move(attrs), std::move(at), json};
    return PolicyEval(options, out_, err_);
  }

  fs::path directory_;
  std::ostringstream out_, err_;
};

TEST_F(PolicyCommandsTest, LintIsSilentOverGoodFilesAndListsEveryMistake) {
  EXPECT_EQ(PolicyLint({{File("p.yaml", kPack)}}, out_, err_), 0);
  EXPECT_EQ(out_.str(), "");
  std::string bad = File("bad.yaml", "pack: q\nrulez: []\n");
  EXPECT_EQ(PolicyLint({{bad}}, out_, err_), 1);
  EXPECT_EQ(out_.str(), bad + ":1:1: a pack needs 'rules'\n" + bad +
                            ":2:1: unknown key 'rulez' in a pack; did you mean 'rules'?\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(PolicyCommandsTest, LintKnowsTheRulesOfTheBuiltInPack) {
  auto pools = [&](std::string rule) {
    return File("pools.yaml",
                "pools: [{name: x, thresholds: {rules: {" + rule + ": {enter: 1%}}}}]\n");
  };
  std::string pack = File("p.yaml", kPack);
  EXPECT_EQ(PolicyLint({{pack, pools("single-instance")}}, out_, err_), 0);
  EXPECT_EQ(PolicyLint({{pack, pools("single-instanc")}}, out_, err_), 1);
}

TEST_F(PolicyCommandsTest, LintOfPoolsAloneKnowsThemToo) {
  std::string pools = File(
      "pools.yaml", "pools: [{name: x, thresholds: {rules: {singel-instance: {enter: 1%}}}}]\n");
  EXPECT_EQ(PolicyLint({{pools}}, out_, err_), 1);
  EXPECT_EQ(out_.str(),
            pools + ":1:40: unknown rule 'singel-instance'; did you mean 'single-instance'?\n");
}

TEST_F(PolicyCommandsTest, EvalWithoutAnyRuleIsBadInput) {
  for (const char* text : {"pools: [{name: x}]\n", "waivers: []\n"}) {
    PolicyEvalOptions options{.policies = {File("none.yaml", text)},
                              .facts = FactsFile(R"({"value":"kvm"})"),
                              .pool_attrs = {},
                              .at = ""};
    err_.str("");
    EXPECT_EQ(PolicyEval(options, out_, err_), 65);
    EXPECT_EQ(err_.str(), "no policy file has a pack: there would be no rule at all\n");
  }
}

TEST_F(PolicyCommandsTest, TestSaysThatNothingWasChecked) {
  std::string pack =
      File("p.yaml", "pack: p\nrules: [{id: a, require: {platform.kind: vmware}}]\n");
  EXPECT_EQ(PolicyTest({{pack}}, out_, err_), 0);
  EXPECT_EQ(err_.str(), "no rule in these files has a test: nothing was checked\n");
}

TEST_F(PolicyCommandsTest, NothingThatAPolicySaysReachesTheTerminalRaw) {
  std::string pack = File(
      "p.yaml",
      "pack: p\nrules: [{id: a, title: \"x\\x1b]0;t\\a\", require: {platform.kind: vmware}}]\n");
  EXPECT_EQ(PolicyTest({{pack}}, out_, err_), 65);
  EXPECT_NE(err_.str().find("p.yaml:2:24: a value with the control character U+001B"),
            std::string::npos)
      << err_.str();
  pack = File("p.yaml",
              "pack: p\nrules: [{id: a, title: \"x\\ny\", require: {platform.kind: vmware}}]\n");
  PolicyEvalOptions options{.policies = {pack},
                            .facts = FactsFile(R"({"value":"kvm"})"),
                            .pool_attrs = {},
                            .at = "2026-11-22"};
  EXPECT_EQ(PolicyEval(options, out_, err_), 1);
  EXPECT_NE(out_.str().find("x?y (a, major)"), std::string::npos) << out_.str();
}

TEST_F(PolicyCommandsTest, LintKnowsWhatWaiversExcuseAndWhatDayItIs) {
  auto waiver = [&](std::string rule, std::string expires) {
    return File("waivers.yaml", "waivers: [{id: w, rule: " + rule +
                                    ", pool: x, owner: o, reason: r, expires: " + expires + "}]\n");
  };
  std::string pack = File("p.yaml", kPack);
  EXPECT_EQ(PolicyLint({{waiver("single-instance", "2099-12-31")}}, out_, err_), 0);
  EXPECT_EQ(PolicyLint({{pack, waiver("single-instance", "2099-12-31")}}, out_, err_), 0);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(PolicyLint({{waiver("single-instanc", "2099-12-31")}}, out_, err_), 1);
  EXPECT_NE(out_.str().find("did you mean 'single-instance'?"), std::string::npos) << out_.str();
  EXPECT_EQ(PolicyLint({{pack, waiver("single-instance", "2001-12-31")}}, out_, err_), 1);
  EXPECT_NE(out_.str().find("the waiver 'w' expired"), std::string::npos) << out_.str();
  EXPECT_EQ(PolicyTest({{pack, waiver("single-instance", "2001-12-31")}}, out_, err_), 0)
      << "an expired waiver fails no test of a rule";
}

TEST_F(PolicyCommandsTest, WhatCannotBeReadIsBadInput) {
  EXPECT_EQ(PolicyLint({{(directory_ / "none.yaml").string()}}, out_, err_), 65);
  EXPECT_NE(err_.str().find("none.yaml"), std::string::npos);
  EXPECT_EQ(PolicyLint({{directory_.string()}}, out_, err_), 65);  // nothing in it
}

TEST_F(PolicyCommandsTest, TestRunsTheRulesOwnTests) {
  EXPECT_EQ(PolicyTest({{File("p.yaml", kPack)}}, out_, err_), 0);
  EXPECT_EQ(out_.str(), "2 tests, 0 failed\n");
  out_.str("");
  std::string bad = File("q.yaml",
                         "pack: q\nrules:\n  - {id: b, require: {platform.kind: vmware},\n"
                         "     tests: [{facts: {platform.kind: kvm}, expect: compliant}]}\n");
  EXPECT_EQ(PolicyTest({{bad}}, out_, err_), 1);
  EXPECT_NE(out_.str().find("q.yaml:4:14: rule 'b': expected compliant, got noncompliant"),
            std::string::npos)
      << out_.str();
}

TEST_F(PolicyCommandsTest, LintSeesTestsThatTellNothingApart) {
  std::string pack = File("p.yaml", kOneTest);
  EXPECT_EQ(PolicyLint({{pack}}, out_, err_), 1);
  EXPECT_EQ(out_.str(), pack +
                            ":4:14: the only test of rule 'a' expects compliant: a rule that "
                            "always says so passes\n");
}

TEST_F(PolicyCommandsTest, LintPrintsJsonAndNothingElse) {
  std::string bad = File("bad.yaml", "pack: q\nrulez: []\n");
  EXPECT_EQ(PolicyLint({.paths = {bad}, .json = true}, out_, err_), 1);
  Json mistakes = Json::parse(out_.str())["mistakes"];
  ASSERT_EQ(mistakes.size(), 2u);
  EXPECT_EQ(mistakes[1]["file"], bad);
  EXPECT_EQ(mistakes[1]["line"], 2);
  EXPECT_EQ(mistakes[1]["column"], 1);
  EXPECT_EQ(mistakes[1]["message"], "unknown key 'rulez' in a pack; did you mean 'rules'?");
}

TEST_F(PolicyCommandsTest, JunitIsWrittenBesideWhatIsPrinted) {
  std::string pack = File("p.yaml", kPack), report = (directory_ / "report.xml").string();
  EXPECT_EQ(PolicyLint({.paths = {pack}, .junit = report}, out_, err_), 0);
  EXPECT_NE(ReadFile(report, 1 << 20)->find("policy.lint"), std::string::npos);
  EXPECT_EQ(PolicyTest({.paths = {pack}, .junit = report}, out_, err_), 0);
  EXPECT_NE(ReadFile(report, 1 << 20)->find("1: expects compliant"), std::string::npos);
  EXPECT_EQ(out_.str(), "2 tests, 0 failed\n");
  EXPECT_GE(PolicyTest({.paths = {pack}, .junit = "/nowhere/report.xml"}, out_, err_), 65);
  EXPECT_NE(err_.str().find("/nowhere/report.xml"), std::string::npos);
}

TEST_F(PolicyCommandsTest, EvalExitsByTheGrade) {
  EXPECT_EQ(Eval(FactsFile(R"({"value":"vmware"})")), 0);
  EXPECT_EQ(Eval(FactsFile(R"({"value":"kvm"})")), 1);
  EXPECT_EQ(Eval(FactsFile(R"({"missing":"denied"})")), 2);
  EXPECT_EQ(Eval(FactsFile("7")), 65);
  EXPECT_EQ(Eval((directory_ / "none.json").string()), 65);
  EXPECT_EQ(Eval(FactsFile(R"({"value":"vmware"})"), false, {"license"}), 64);
  EXPECT_EQ(Eval(FactsFile(R"({"value":"vmware"})"), false, {}, "yesterday"), 64);
}

TEST_F(PolicyCommandsTest, EvalPrintsJsonAndNothingElse) {
  EXPECT_EQ(Eval(FactsFile(R"({"value":"kvm"})"), true, {"license=x"}, "2026-11-22T08:00:00Z"), 1);
  EXPECT_EQ(err_.str(), "");
  Json json = Json::parse(out_.str());
  EXPECT_EQ(json["grade"], "noncompliant");
  EXPECT_EQ(json["rules"][0]["id"], "a");
  EXPECT_EQ(json["rules"][0]["remediation"], "Move.");
  EXPECT_EQ(json["rules"][0]["facts"]["platform.kind"]["value"], "kvm");
}

TEST_F(PolicyCommandsTest, EvalForPeopleSaysWhyAndWhatToDo) {
  Eval(FactsFile(R"({"value":"kvm"})"));
  EXPECT_EQ(out_.str(),
            "noncompliant\n\nnoncompliant  A (a, critical)\n"
            "  The desktop runs on KVM (platform.kind = kvm); expected VMware.\n"
            "  What to do: Move.\n  Whom to ask: Someone\n");
}

TEST_F(PolicyCommandsTest, EvalWithoutAPolicyUsesTheBuiltInPack) {
  PolicyEvalOptions options;
  options.facts = FactsFile(R"({"value":"vmware"})");
  options.json = true;
  EXPECT_EQ(PolicyEval(options, out_, err_), 2);  // nothing but the hypervisor is known
  EXPECT_GT(Json::parse(out_.str())["rules"].size(), 10u);
}

}  // namespace
}  // namespace vdiwatch::server
