// The daemon on PostgreSQL: the main job, and a database that goes away under load.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/e2e/restless_agent.h"
#include "tests/e2e/site.h"
#include "tests/postgres/server.h"

namespace vdiwatch::e2e {
namespace {

using testing_postgres::Server;

std::string StoreIn(const Server& server, const std::string& database) {
  return fmt::format("store: {{engine: postgresql, connection: \"{}\"}}\n",
                     server.Connection(database));
}

class PostgresSite : public testing::Test {
 protected:
  Server server_{Server::Sync::kOn};
  std::string database_ = server_.MakeDatabase();
  Site site_{"", StoreIn(server_, database_)};
};

TEST_F(PostgresSite, ThisMachineIsSeenFromAgentToCommandLine) {
  site_.Serve();
  auto user = site_.Local({"user", "add", "--name", "ada", "--role", "viewer", "--password-file",
                           (site_.folder() / "password").string()});
  EXPECT_EQ(user.exit_code, 0) << user.err;
  auto config = site_.AgentConfig("agent", site_.Token("this-machine"));
  auto checked_in = site_.Agent("check-in", config);
  ASSERT_EQ(checked_in.exit_code, 0) << checked_in.err;
  Json pools;
  ASSERT_TRUE(Eventually([&] {
    pools = site_.RemoteJson({"pool", "list"});
    return pools["pools"].size() == 1 && pools["pools"][0]["reporting"] == 1;
  })) << pools;
  Json desktops = site_.RemoteJson({"desktop", "list", "--pool", "this-machine"});
  ASSERT_EQ(desktops["desktops"].size(), 1u);
  Json shown = site_.RemoteJson({"desktop", "show", desktops["desktops"][0]["id"]});
  EXPECT_FALSE(shown["verdict"]["rules"].empty());
  EXPECT_FALSE(std::filesystem::exists(site_.folder() / "data/vdiwatch.db"));

  EXPECT_EQ(site_.End(SIGTERM), 0) << site_.Log();
  site_.Serve();
  EXPECT_EQ(site_.RemoteJson({"desktop", "list"})["desktops"].size(), 1u);
  EXPECT_EQ(server_.Execute(database_, "SELECT count(*) FROM desktop"), "1");
}

// Nothing acknowledged is lost, agents are refused meanwhile, and the same daemon goes on.
TEST_F(PostgresSite, ADatabaseThatIsKilledUnderLoadLosesNothing) {
  site_.Serve();
  const std::string token = site_.Token("crash");
  std::vector<std::unique_ptr<RestlessAgent>> agents;
  for (int number = 0; number < 6; ++number) {
    agents.push_back(std::make_unique<RestlessAgent>(site_, token, number));
  }
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    std::atomic<std::int64_t> acknowledged = 0;
    std::vector<std::thread> threads;
    for (auto& agent : agents) {
      threads.emplace_back([&] {
        while (agent->Step()) ++acknowledged;  // until it is refused
      });
    }
    EXPECT_TRUE(Eventually([&] { return acknowledged >= 40; }));
    server_.Kill();
    for (auto& thread : threads) thread.join();
    for (auto& agent : agents) {
      EXPECT_FALSE(agent->Step());
      EXPECT_EQ(agent->status(), 503);
    }
    EXPECT_TRUE(site_.alive()) << site_.Log();
    server_.Start();
    ExpectNothingLost(site_, agents);
    for (auto& agent : agents) {
      EXPECT_TRUE(Eventually([&] { return agent->Step(); })) << agent->host();
    }
    ExpectNothingLost(site_, agents);
    EXPECT_EQ(site_.RemoteJson({"pool", "list"})["pools"].at(0)["desktops"], agents.size());
  }
  EXPECT_NE(site_.Log().find("PostgreSQL"), std::string::npos) << site_.Log();
}

TEST_F(PostgresSite, SaysInOneLineWhyTheDatabaseIsNotToBeUsed) {
  auto one_line = [&](const std::string& words) {
    auto finished = site_.Local({"token", "create", "--pool", "a", "--expires", "1d"});
    EXPECT_EQ(finished.exit_code, 69) << finished.err;
    EXPECT_NE(finished.err.find(words), std::string::npos) << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  };
  server_.Execute("postgres",
                  "ALTER DATABASE " + database_ + " SET default_transaction_read_only = on");
  one_line("the database is read-only");
  server_.Kill();
  one_line("PostgreSQL: connection to server");
}

}  // namespace
}  // namespace vdiwatch::e2e
