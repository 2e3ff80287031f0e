#include "agent/settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/config.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

constexpr const char* kPolicy = "HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent";
constexpr const char* kInstallation = "HKLM\\SOFTWARE\\vdiwatch\\Agent";
constexpr const char* kPin =
    "sha256:0000000000000000000000000000000000000000000000000000000000000001";

SettingsLayer Policy(const std::vector<NamedValue>& values) {
  return LayerOfValues("policy", kPolicy, "/install", values);
}
SettingsLayer Installation(const std::vector<NamedValue>& values) {
  return LayerOfValues("installation", kInstallation, "/install", values);
}
SettingsLayer File(std::string_view text) { return LayerOfFile(text, "/etc/vdiwatch/agent.yaml"); }

Result<AgentConfig> Merged(const std::vector<SettingsLayer>& layers) {
  return MergeSettings(layers, Needs::kAll);
}
std::string Problem(const std::vector<SettingsLayer>& layers) {
  auto config = Merged(layers);
  return config ? "" : config.error().message;
}

TEST(SettingsTest, TheStrongerLayerWinsSettingBySetting) {
  auto config = Merged({Policy({{"collector", "https://policy.example", ""}}),
                        Installation({{"COLLECTOR", "https://msi.example", ""},
                                      {"ca_pin", kPin, ""},
                                      {"token", "vdw_enrol_msi", ""},
                                      {"state_dir", "state", ""}}),
                        File("{collector: https://file.example, pool: finance}")});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->collector.host, "policy.example");
  EXPECT_EQ(config->token, "vdw_enrol_msi");
  EXPECT_EQ(config->pool, "finance");
  EXPECT_EQ(config->state_dir, "/install/state") << "relative to its own layer's folder";
  std::string shown = ShowConfig(*config);
  EXPECT_NE(shown.find("collector: https://policy.example:7443  # policy "
                       "HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent@collector; not installation "
                       "HKLM\\SOFTWARE\\vdiwatch\\Agent@COLLECTOR; not file "
                       "/etc/vdiwatch/agent.yaml:1:13\n"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("token: <secret>  # installation"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("vdw_enrol_msi"), std::string::npos);
  EXPECT_NE(shown.find("proxy: " + std::string(DefaultProxy()) + "  # default\n"),
            std::string::npos)
      << shown;
}

TEST(SettingsTest, ALayerReplacesWhatStandsForTheSame) {
  auto config = Merged({Policy({{"token_file", "/policy/token", ""}, {"ca_pin", kPin, ""}}),
                        File("{collector: https://c.example, ca_file: ca.pem, token: t}")});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->token, "");
  EXPECT_EQ(config->token_file, "/policy/token");
  EXPECT_TRUE(config->ca_file.empty());
  ASSERT_EQ(config->ca_pins.size(), 1u);
  EXPECT_NE(ShowConfig(*config).find("; not file /etc/vdiwatch/agent.yaml:1:41"), std::string::npos)
      << ShowConfig(*config);
}

TEST(SettingsTest, TheRegistryAloneIsEnoughAndEmptyValuesAreNone) {
  auto config = Merged({Policy({}),
                        Installation({{"collector", "https://c.example", ""},
                                      {"ca_pin", kPin, ""},
                                      {"token", " t ", ""},
                                      {"pool", "", ""},
                                      {"vdi_mode", "", ""}}),
                        File("{}")});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->token, "t");
  EXPECT_TRUE(config->pool.empty());
}

TEST(SettingsTest, EachMistakeNamesItsPlace) {
  std::string type = Problem({Installation({{"collector", "", "must be REG_SZ, not REG_DWORD"}})});
  EXPECT_EQ(type, "HKLM\\SOFTWARE\\vdiwatch\\Agent@collector: must be REG_SZ, not REG_DWORD");
  std::string both = Problem({Policy({{"token", "a", ""}, {"token_file", "b", ""}})});
  EXPECT_EQ(both,
            "HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent@token_file: needs one of 'token' and "
            "'token_file', not both");
  std::string mode = Problem({File("vdi_mode: pooled\n")});
  EXPECT_EQ(mode,
            "/etc/vdiwatch/agent.yaml:1:11: 'vdi_mode' is 'persistent' or 'non_persistent', not "
            "'pooled'");
  std::string pin = Problem({File("ca_pin: sha256:12\n")});
  EXPECT_EQ(pin.find("/etc/vdiwatch/agent.yaml:1:9: 'sha256:12' is no pin"), 0u) << pin;
  std::string nowhere = Problem({Policy({}), File("{token: t}")});
  EXPECT_EQ(nowhere.find("HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent or /etc/vdiwatch/agent.yaml: "
                         "needs 'collector'"),
            0u)
      << nowhere;
  std::string longer = Problem({Policy({{"pool", std::string(5000, 'x'), ""}})});
  EXPECT_NE(longer.find("@pool: is over 4096 bytes long"), std::string::npos) << longer;
}

TEST(SettingsTest, ATokenInAnotherSettingIsNotRepeated) {
  for (const char* name : {"collector", "ca_pin", "ca_file", "token_file", "proxy", "pool"}) {
    std::string problem = Problem({Installation({{name, "vdw_enrol_x", ""}})});
    EXPECT_EQ(problem, std::string(kInstallation) + "@" + name +
                           ": holds a token, which belongs into 'token'");
    EXPECT_EQ(Problem({File(std::string(name) + ": 'sha256:vdw_api_x'\n")}).find("vdw_api_x"),
              std::string::npos);
  }
}

TEST(SettingsTest, AMistakeThatIsOverruledIsAWarning) {
  auto config = Merged({Policy({{"proxy", "none", ""}}),
                        Installation({{"proxy", "", "must be REG_SZ, not REG_DWORD"}}),
                        File("{collector: https://c.example, ca_file: c, token: t}")});
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_NE(config->warnings[0].find("Agent@proxy: must be REG_SZ"), std::string::npos);
}

TEST(SettingsTest, AnUnknownValueOfTheRegistryIsToldAndDoesNotStopTheAgent) {
  SettingsLayer layer = Policy({{"colector", "https://c.example", ""}, {"zzz", "", ""}});
  ASSERT_EQ(layer.warnings.size(), 2u);
  EXPECT_EQ(layer.warnings[0],
            "HKLM\\SOFTWARE\\Policies\\vdiwatch\\Agent@colector: no setting has this name; did you "
            "mean 'collector'?");
  EXPECT_TRUE(layer.mistakes.empty());
  EXPECT_EQ(Problem({File("colector: https://c.example\n")})
                .find("/etc/vdiwatch/agent.yaml:1:1: unknown key 'colector'"),
            0u)
      << "a file is written by hand, for this agent";
}

TEST(SettingsTest, ASecretInAProxyIsRefusedAndNotRepeated) {
  std::string problem = Problem({File("proxy: http://ada:hunter2@p.example:3128\n")});
  EXPECT_NE(problem.find("agent.yaml:1:8: 'proxy': holds a user name or a password"),
            std::string::npos)
      << problem;
  EXPECT_EQ(problem.find("hunter2"), std::string::npos);
}

TEST(SettingsTest, ATokenThatWasKeptStandsForTheInstallation) {
  TempFolder folder;
  const auto file = folder.path() / "agent.yaml";
  std::ofstream(file) << "{collector: https://c.example, ca_file: c, state_dir: state}";
  auto without = LoadConfig({.file = file, .named = true});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("needs one of 'token' and 'token_file'"),
            std::string::npos);
  std::filesystem::create_directories(folder.path() / "state");
  std::ofstream(folder.path() / "state/token") << "vdw_enrol_kept\n";
  auto config = LoadConfig({.file = file, .named = true});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*EnrolmentToken(*config), "vdw_enrol_kept");
  EXPECT_NE(ShowConfig(*config).find("# installation, kept in"), std::string::npos);
}

TEST(SettingsTest, StateNeedsNothingElse) {
  const SettingsLayer layers[] = {File("state_dir: here\n")};
  auto config = MergeSettings(layers, Needs::kState);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->state_dir, "/etc/vdiwatch/here");
  EXPECT_EQ(config->canary_dir, "/etc/vdiwatch/here");
}

}  // namespace
}  // namespace vdiwatch::agent
