#include "agent/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

std::string Problem(std::string_view text) {
  auto config = ParseConfig(text, "/etc/vdiwatch/agent.yaml");
  return config ? "" : config.error().message;
}

TEST(ConfigTest, ReadsWhatAnAdministratorWrites) {
  auto config = ParseConfig(
      "collector: https://collector.corp.example:8443\n"
      "ca_file: ca.pem\n"
      "token_file: /run/secrets/token\n",
      "/etc/vdiwatch/agent.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->collector.host, "collector.corp.example");
  EXPECT_EQ(config->collector.port, 8443);
  EXPECT_EQ(config->ca_file, "/etc/vdiwatch/ca.pem") << "relative to the file's folder";
  EXPECT_EQ(config->token_file, "/run/secrets/token");
  EXPECT_EQ(config->state_dir, DefaultStateDir());
  EXPECT_EQ(config->canary_dir, DefaultStateDir());
}

TEST(ConfigTest, FoldersBesideTheFileAreTakenOnce) {
  auto config = ParseConfig(
      "{collector: https://c.example, ca_file: c, token: t, state_dir: state}", "conf/agent.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->state_dir, "conf/state");
  EXPECT_EQ(config->canary_dir, "conf/state");
}

TEST(ConfigTest, FillsInTheAgentsPort) {
  auto plain = ParseConfig("{collector: https://c.example, ca_file: c, token: t}", "f");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->collector.port, 7443);
  auto ipv6 = ParseConfig("{collector: 'https://[::1]', ca_file: c, token: t}", "f");
  ASSERT_TRUE(ipv6) << ipv6.error().message;
  EXPECT_EQ(ipv6->collector.host, "::1");
  EXPECT_EQ(ipv6->collector.port, 7443);
  auto written = ParseConfig("{collector: 'https://[::1]:443', ca_file: c, token: t}", "f");
  EXPECT_EQ(written->collector.port, 443);
}

TEST(ConfigTest, NamesEachMistakeWithItsPlace) {
  EXPECT_EQ(Problem("collector: http://c.example\nca_file: ca.pem\ntoken: t\n"),
            "/etc/vdiwatch/agent.yaml:1:12: 'http://c.example' is not an address such as "
            "https://collector.example:7443");
  EXPECT_EQ(Problem("collector: https://c.example/path?x\nca_file: c\ntoken: t\n").substr(0, 29),
            "/etc/vdiwatch/agent.yaml:1:12");
  EXPECT_NE(Problem("collector: https://c.example\nca_fil: c\ntoken: t\n").find(":2:1: "),
            std::string::npos);
  EXPECT_NE(Problem("collector: https://c.example\nca_fil: c\ntoken: t\n").find("'ca_file'"),
            std::string::npos);
  EXPECT_NE(Problem("collector: https://c.example\nca_file: c\n").find("'token'"),
            std::string::npos);
  EXPECT_NE(Problem("{collector: https://c.example, ca_file: c, token: t, token_file: f}"), "");
  EXPECT_NE(Problem(""), "");
  EXPECT_NE(Problem("- a list"), "");
}

TEST(ConfigTest, ShowsEverythingButSecrets) {
  auto config =
      ParseConfig("{collector: https://c.example, ca_file: /c, token: vdw_enrol_x}", "/etc/f");
  std::string shown = ShowConfig(*config);
  EXPECT_EQ(shown.find("vdw_enrol_x"), std::string::npos);
  EXPECT_NE(shown.find("token: <secret>  # file /etc/f:1:"), std::string::npos);
  EXPECT_NE(shown.find("collector: https://c.example:7443  # file /etc/f:1:13\n"),
            std::string::npos);
  auto again = ParseConfig(shown, "/etc/f");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->state_dir, config->state_dir);
}

TEST(ConfigTest, ReadsTheTokenFromItsFile) {
  TempFolder folder;
  AgentConfig config;
  config.token_file = folder.path() / "token";
  EXPECT_EQ(EnrolmentToken(config).error().kind, ErrorKind::kNotFound);
  std::ofstream(config.token_file) << "  vdw_enrol_abc\n";
  EXPECT_EQ(*EnrolmentToken(config), "vdw_enrol_abc");
  std::ofstream(config.token_file) << "two tokens";
  EXPECT_EQ(EnrolmentToken(config).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace vdiwatch::agent
