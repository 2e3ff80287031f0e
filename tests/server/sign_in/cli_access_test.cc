// What the command line does about people and keys through the API of a real daemon.
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "collector/store/access_store.h"
#include "server/secrets.h"
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
  EXPECT_EQ(create("administrator").code, 64);
  const Json tokens = JsonOf({"api-token", "list"})["api_tokens"];
  EXPECT_TRUE(std::ranges::any_of(tokens, [](const Json& token) {  // of one second, in any order
    return token["name"] == "fin" && token["pools"] == Json::array({"fin-*"});
  }));
}

// From a machine that has no configuration of the daemon.
TEST_F(CliAccessTest, WhatIsMadeOnTheServerIsMadeFromElsewhere) {
  const std::string made = Good(
      {"user", "add", "--name", "ada", "--role", "operator", "--pool", "fin-*", "--pool", "hr"});
  EXPECT_EQ(made.find("user:                 ada (operator of fin-*, hr)\npassword, shown once: "),
            0u)
      << made;
  EXPECT_NE(Good({"user", "password", "--name", "ada"}).find("password, shown once: "),
            std::string::npos);
  EXPECT_EQ(Run({"user", "add", "--name", "eve", "--role", "administrator", "--pool", "x"}).code,
            64);
  const std::string token = Good({"token", "create", "--pool", "finance", "--max-uses", "3"});
  EXPECT_TRUE(token.starts_with("vdw_enrol_")) << token;
  EXPECT_EQ(std::ranges::count(token, '\n'), 1);
  const Json told = JsonOf({"token", "create", "--pool", "finance", "--cidr", "10.0.0.0/8"});
  EXPECT_EQ(told["cidr"], "10.0.0.0/8");
  const std::string agent = Good({"token", "create", "--pool", "finance", "--agent-config"});
  EXPECT_EQ(agent.find(fmt::format("collector: https://{}:{}\nca_pin: sha256:", "localhost",
                                   daemon_.app().agents_port())),
            0u)
      << agent;
  EXPECT_NE(agent.find("\ntoken: vdw_enrol_"), std::string::npos);
  const Ran nobodys = Run({"api-token", "create", "--name", "n", "--expires", "1d"});
  EXPECT_EQ(nobodys.code, 77) << "a token of the server belongs to nobody";
  EXPECT_NE(nobodys.err.find("belongs to nobody"), std::string::npos) << nobodys.err;
}

TEST_F(CliAccessTest, ATokenOfSomebodyMakesOthers) {
  const std::string text = NewApiToken();
  const Time now = daemon_.clock.Now();
  collector::ApiToken own{Sha256(text), "own", "administrator", now, now + Seconds(86'400)};
  own.owner = "admin";
  ASSERT_TRUE(daemon_.app().database().access->SaveApiToken(own));
  const std::string profile = (daemon_.directory().path() / "own.yaml").string();
  ASSERT_EQ(RunCli({"profile", "set", "--profile", profile, "--server", daemon_.people_url(),
                    "--ca-file", daemon_.ca_file(), "--token", text})
                .code,
            0);
  const Ran made = RunCli({"api-token", "create", "--name", "nightly", "--role", "viewer",
                           "--expires", "1h", "--pool", "fin-*", "--profile", profile});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(made.out.starts_with("vdw_api_")) << made.out;
}

TEST_F(CliAccessTest, TheServersOwnCommandsTellTheAuditLogAsMuch) {
  const std::string config = daemon_.config_file();
  const auto detail = [&](const std::string& action) {
    const Json entries = JsonOf({"audit", "--action", action})["entries"];
    return entries.empty() ? std::string() : entries[0]["detail"].get<std::string>();
  };
  ASSERT_EQ(RunCli({"user", "add", "--config", config, "--name", "ada", "--role", "operator",
                    "--pool", "fin-*", "--pool", "hr"})
                .code,
            0);
  EXPECT_EQ(detail("user_added"), "operator of fin-*, hr");
  ASSERT_EQ(RunCli({"api-token", "create", "--config", config, "--name", "fin", "--role", "viewer",
                    "--expires", "1d", "--pool", "fin-*"})
                .code,
            0);
  EXPECT_EQ(detail("api_token_created").find("viewer of fin-* until "), 0u);
  ASSERT_EQ(RunCli({"token", "create", "--config", config, "--pool", "finance", "--max-uses", "3",
                    "--cidr", "10.0.0.0/8"})
                .code,
            0);
  const std::string made = detail("enrol_token_created");
  EXPECT_EQ(made.find("token 1 until "), 0u) << made;
  EXPECT_NE(made.find(", for 3 desktops, from 10.0.0.0/8"), std::string::npos) << made;
}

TEST_F(CliAccessTest, TheAuditLogIsFiltered) {
  EXPECT_NE(Good({"audit"}).find("user_added"), std::string::npos);
  const Json entries = JsonOf({"audit", "--action", "user_added", "--limit", "5"})["entries"];
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]["subject"], "admin");
  EXPECT_EQ(Run({"audit", "--since", "yesterday"}).code, 64);
  EXPECT_EQ(RunCli({"audit", "--profile", daemon_.Profile("viewer")}).code, 77);
}

}  // namespace
}  // namespace vdiwatch::server
