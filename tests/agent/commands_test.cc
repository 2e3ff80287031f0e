#include "agent/commands.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/path.h"
#include "tests/agent/authority.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

class CommandsTest : public testing::Test {
 protected:
  // A configuration beside its CA, token and state.
  ConfigChoice Choice(const std::string& more) {
    Write("agent.yaml", "collector: https://c.example\nstate_dir: state\n" + more);
    return {.file = folder_.path() / "agent.yaml", .named = true};
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
  }
  std::string Problem(const std::string& more, bool early = false) {
    auto checked = CheckConfig(Choice(more), early);
    return checked ? "" : checked.error().message;
  }

  TempFolder folder_;
};

TEST_F(CommandsTest, ConfigCheckReadsWhatTheConfigurationNames) {
  Write("ca.pem", Authority().certificate());
  Write("token", "vdw_enrol_0123\n");
  EXPECT_EQ(Problem("ca_file: ca.pem\ntoken_file: token\n"), "");
  EXPECT_NE(Problem("ca_file: none.pem\ntoken_file: token\n").find("none.pem"), std::string::npos);
  EXPECT_NE(Problem("ca_file: token\ntoken_file: token\n").find("token: "), std::string::npos);
  EXPECT_NE(Problem("ca_file: ca.pem\ntoken_file: none\n").find("none"), std::string::npos);
  EXPECT_EQ(Problem("ca_file: ca.pem\ntoken: vdw_api_0123\n"),
            "token: is no enrolment token, which begins with vdw_enrol_");
}

TEST_F(CommandsTest, EarlyOnPolicyMayStillLayFilesThere) {
  EXPECT_EQ(Problem("ca_file: none.pem\ntoken_file: none\n", true), "");
  Write("ca.pem", "no certificate");
  EXPECT_NE(Problem("ca_file: ca.pem\ntoken_file: none\n", true), "");
}

TEST_F(CommandsTest, ForgetLeavesNothingInAFolderThatSomebodyChose) {
  const ConfigChoice choice = Choice("ca_file: ca.pem\ntoken: t\n");
  ASSERT_TRUE(Seal(choice, false));
  EXPECT_TRUE(fs::exists(folder_.path() / "state" / "sealed"));
  fs::create_directories(folder_.path() / "state" / "spool");
  auto forgotten = Forget(choice);
  ASSERT_TRUE(forgotten) << forgotten.error().message;
  EXPECT_TRUE(fs::is_empty(folder_.path() / "state"));
}

}  // namespace
}  // namespace vdiwatch::agent
