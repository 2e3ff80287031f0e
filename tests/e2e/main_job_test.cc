#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

// A real agent reads this real machine; a person sees the result on the command line.
TEST(MainJob, ThisMachineIsSeenFromAgentToCommandLine) {
  Site site;
  site.Serve();
  auto config = site.AgentConfig("agent", site.Token("this-machine"));
  auto checked_in = site.Agent("check-in", config);
  ASSERT_EQ(checked_in.exit_code, 0) << checked_in.err;

  auto local = RunProgram("vdiwatch-agent", {"facts", "--json"});
  ASSERT_EQ(local.exit_code, 0) << local.err;
  Json facts = Json::parse(local.out);

  Json pools;
  ASSERT_TRUE(Eventually([&] {
    pools = site.RemoteJson({"pool", "list"});
    return pools["pools"].size() == 1 && pools["pools"][0]["reporting"] == 1;
  })) << pools;
  EXPECT_EQ(pools["pools"][0]["name"], "this-machine");
  EXPECT_EQ(pools["pools"][0]["desktops"], 1);

  Json desktops = site.RemoteJson({"desktop", "list", "--pool", "this-machine"});
  ASSERT_EQ(desktops["desktops"].size(), 1u);
  Json shown = site.RemoteJson({"desktop", "show", desktops["desktops"][0]["id"]});
  EXPECT_EQ(shown["pool"], "this-machine");
  EXPECT_FALSE(shown["verdict"]["rules"].empty());

  // Every configuration fact that the agent knows here arrived with its value.
  for (const auto& fact : shown["facts"]) {
    std::string key = fact["key"];
    if (fact["class"] != "configuration") continue;
    EXPECT_EQ(fact.value("value", Json()), facts["facts"][key].value("value", Json())) << key;
  }
  auto people = site.Remote({"desktop", "show", desktops["desktops"][0]["host_name"]});
  EXPECT_EQ(people.exit_code, 0) << people.err;
  EXPECT_NE(people.out.find("platform.kind"), std::string::npos) << people.out;

  EXPECT_GE(site.answers_described(), 4);

  auto status = RunProgram("vdiwatch-agent", {"status", "--json", "--config", config.string()});
  ASSERT_EQ(status.exit_code, 0) << status.err;
  EXPECT_NE(status.out.find(shown["grade"].get<std::string>()), std::string::npos) << status.out;
}

TEST(MainJob, StopsCleanlyAndComesBackWithEverything) {
  Site site;
  site.Serve();
  auto config = site.AgentConfig("agent", site.Token("this-machine"));
  ASSERT_EQ(site.Agent("check-in", config).exit_code, 0);
  EXPECT_EQ(site.End(SIGTERM), 0) << site.Log();
  site.Serve();
  config = site.AgentConfig("agent", "no token is needed any more");
  auto again = site.Agent("check-in", config);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(site.RemoteJson({"desktop", "list"})["desktops"].size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::e2e
