#include "server/intune_export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

namespace fs = std::filesystem;

constexpr char kPack[] = R"(pack: own
source: {title: Page, url: 'https://example.com/page'}
rules:
  - {id: on-vmware, title: The desktop runs on VMware, severity: critical, require: {platform.kind: vmware},
     remediation: Move the pool., contact: the VDI administrator, url: 'https://example.com/page#vmware'}
  - {id: wsl-2, severity: minor, if_unknown: info, require: {wsl.default_version: 2}}
  - {id: advice, severity: info, require: {memory.total_mib: {ge: 8192}}}
)";

policy::PolicySet SetOf(const std::string& text) {
  auto set = policy::RequireRules(policy::LoadPolicy({{"own.yaml", text}}));
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

std::string Golden(const std::string& name) {
  const fs::path file = fs::path(VDIWATCH_SOURCE_DIR) / "tests/server/golden/intune" / name;
  auto text = ReadFile(file, 1 << 20);
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : "";
}

TEST(IntuneExport, WritesTheGoldenFiles) {
  const auto made = ExportIntuneCompliance(SetOf(kPack));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->discovery, Golden("vdiwatch-discovery.ps1"));
  EXPECT_EQ(made->rules, Golden("vdiwatch-rules.json"));
}

// What Intune's documentation and the names of its validation errors ask of the file.
TEST(IntuneExport, OfTheBuiltInPackObeysIntune) {
  const auto set = policy::RequireRules(policy::LoadPolicy({policy::BuiltInPack()}));
  ASSERT_TRUE(set);
  const auto made = ExportIntuneCompliance(*set);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_LE(made->rules.size(), 100u << 10);
  EXPECT_TRUE(std::ranges::all_of(made->rules + made->discovery,
                                  [](unsigned char c) { return c < 0x80 && c != '\r'; }));
  const Json rules = Json::parse(made->rules).at("Rules");
  EXPECT_GT(rules.size(), 5u);
  EXPECT_LE(rules.size(), 100u);
  std::set<std::string> names;
  for (const Json& rule : rules) {
    const std::string name = rule.at("SettingName");
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(rule.at("Operator"), "IsEquals");
    EXPECT_EQ(rule.at("DataType"), "Boolean");
    EXPECT_TRUE(rule.at("MoreInfoUrl").get<std::string>().starts_with("https://")) << name;
    const Json& words = rule.at("RemediationStrings").at(0);
    EXPECT_EQ(words.at("Language"), "en_US");
    EXPECT_FALSE(words.at("Title").get<std::string>().empty()) << name;
    EXPECT_FALSE(words.at("Description").get<std::string>().empty()) << name;
    // A setting that the script does not answer is an error on every device (65008).
    if (name.starts_with("Rule_")) {
      EXPECT_NE(made->discovery.find("'" + name.substr(5) + "' = $"), std::string::npos) << name;
    }
  }
}

TEST(IntuneExport, RefusesWhatIntuneWould) {
  std::string many = "pack: p\nsource: {title: Page, url: 'https://example.com'}\nrules:\n";
  for (int i = 0; i < 100; ++i) {
    many += "  - {id: r" + std::to_string(i) + ", require: {wsl.usable: true}}\n";
  }
  const auto too_many = ExportIntuneCompliance(SetOf(many));
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().message, "100 rules count; Intune takes 100, 2 of them ours");
  const auto no_url =
      ExportIntuneCompliance(SetOf("pack: p\nrules:\n  - {id: a, require: {wsl.usable: true}}\n"));
  ASSERT_FALSE(no_url);
  EXPECT_EQ(no_url.error().message,
            "rule a has no url, nor has its pack's source: Intune wants one");
}

TEST(IntuneExport, IsACommand) {
  const fs::path out = fs::path(testing::TempDir()) / "vdiwatch-intune-export";
  const Ran ran = RunCli({"policy", "export", "intune", "--out", out.string()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(fs::exists(out / "vdiwatch-discovery.ps1"));
  EXPECT_TRUE(fs::exists(out / "vdiwatch-rules.json"));
  fs::remove_all(out);
  EXPECT_EQ(RunCli({"policy", "export", "intune", "--policy", "/nowhere", "--out", out}).code, 65);
}

}  // namespace
}  // namespace vdiwatch::server
