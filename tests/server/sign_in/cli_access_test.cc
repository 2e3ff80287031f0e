// What the command line does about people and keys through the API of a real daemon.
#include "base/json.h"
#include "base/text.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

class CliAccessTest : public testing::Test {
 protected:
  void SetUp() override {
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
    profile_ = daemon_.Profile("administrator");
  }
  Ran Run(std::vector<std::string> words) {
    words.insert(words.end(), {"--profile", profile_});
    return RunCli(std::move(words));
  }
  std::string Good(std::vector<std::string> words) {
    const Ran ran = Run(std::move(words));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  }
  Json JsonOf(std::vector<std::string> words) {
    words.push_back("--json");
    const auto json = ParseJson(Good(std::move(words)), "the output");
    EXPECT_TRUE(json);
    return *json;
  }

  TestDaemon daemon_;
  std::string profile_;
};

TEST_F(CliAccessTest, UsersAreListedChangedAndRemoved) {
  const Ran added = RunCli({"user", "add", "--config", daemon_.config_file(), "--name", "ada"});
  ASSERT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(JsonOf({"user", "list"})["users"].size(), 2u);
  EXPECT_EQ(Good({"user", "change", "--name", "ada", "--role", "operator", "--pool", "fin-*",
                  "--pool", "hr"}),
            "ada: operator, pools: fin-*, hr\n");
  EXPECT_EQ(Good({"user", "change", "--name", "ada", "--all-pools", "--disable"}),
            "ada: operator, pools: all, disabled\n");
  EXPECT_NE(Good({"user", "list"}).find("disabled"), std::string::npos);
  EXPECT_EQ(Good({"user", "remove", "--name", "ada"}), "user ada is removed\n");
  const Ran again = Run({"user", "remove", "--name", "ada"});
  EXPECT_EQ(again.code, 65) << again.err;
  EXPECT_NE(again.err.find("There is no user 'ada'"), std::string::npos) << again.err;
}

TEST_F(CliAccessTest, TheLastAdministratorIsKept) {
  const Ran ran = Run({"user", "remove", "--name", "admin"});
  EXPECT_EQ(ran.code, 70);
  EXPECT_NE(ran.err.find("No enabled local administrator"), std::string::npos) << ran.err;
}

TEST_F(CliAccessTest, EnrolmentTokensAreListedAndRevokedThere) {
  const Ran made =
      RunCli({"token", "create", "--config", daemon_.config_file(), "--pool", "finance"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Json tokens = JsonOf({"token", "list"})["tokens"];
  ASSERT_EQ(tokens.size(), 1u);
  Good({"token", "revoke", "--id", tokens[0]["id"]});
  EXPECT_NE(Good({"token", "list"}).find("revoked"), std::string::npos);
}

TEST_F(CliAccessTest, ApiTokensAreListedAndRevokedThere) {
  const std::string viewer = daemon_.Profile("viewer");
  Json tokens = JsonOf({"api-token", "list"})["api_tokens"];
  ASSERT_EQ(tokens.size(), 2u);
  for (const Json& token : tokens) {
    if (token["role"] == "viewer") Good({"api-token", "revoke", "--id", token["id"]});
  }
  EXPECT_EQ(RunCli({"pool", "list", "--profile", viewer}).code, 77);
  EXPECT_EQ(Run({"api-token", "revoke", "--id", "0000000000000000"}).code, 65);
}

TEST_F(CliAccessTest, ATokenForSomePoolsShowsThoseAlone) {
  const auto create = [&](const std::string& role) {
    return RunCli({"api-token", "create", "--config", daemon_.config_file(), "--name", "fin",
                   "--role", role, "--expires", "1d", "--pool", "fin-*"});
  };
  EXPECT_EQ(create("viewer").code, 0);
  EXPECT_EQ(create("administrator").code, 65);
  const Json tokens = JsonOf({"api-token", "list"})["api_tokens"];
  EXPECT_TRUE(std::ranges::any_of(tokens, [](const Json& token) {  // of one second, in any order
    return token["name"] == "fin" && token["pools"] == Json::array({"fin-*"});
  }));
}

TEST_F(CliAccessTest, TheAuditLogIsFiltered) {
  EXPECT_NE(Good({"audit"}).find("user_added"), std::string::npos);
  const Json entries = JsonOf({"audit", "--action", "user_added", "--limit", "5"})["entries"];
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]["subject"], "admin");
  EXPECT_EQ(Run({"audit", "--since", "yesterday"}).code, 65);
  EXPECT_EQ(RunCli({"audit", "--profile", daemon_.Profile("viewer")}).code, 77);
}

}  // namespace
}  // namespace vdiwatch::server
