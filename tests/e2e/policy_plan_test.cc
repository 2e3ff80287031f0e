#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

constexpr char kToday[] = R"(
pack: own
rules:
  - {id: os, title: It has an operating system, require: {os.family: {in: [linux, windows]}}}
)";
constexpr char kNew[] = R"(
pack: own
rules:
  - {id: os, title: It runs Windows, severity: critical, require: {os.family: windows}}
---
pools:
  - {name: idle, docker: none}
)";

// Real agents read this machine into two pools; what the plan said is what comes to pass.
TEST(PolicyPlan, SaysWhatTheRollOutThenDoes) {
  Site site(kToday);
  ASSERT_TRUE(WriteFile(site.config(),
                        ReadFile(site.config(), 1 << 16).value() + "built_in_pack: false\n",
                        FileMode::kPrivate));
  site.Serve();
  for (const char* pool : {"busy", "idle"}) {
    const auto checked_in = site.Agent("check-in", site.AgentConfig(pool, site.Token(pool)));
    ASSERT_EQ(checked_in.exit_code, 0) << checked_in.err;
  }
  const auto grades = [&] {
    Json grades;
    const Json pools = site.RemoteJson({"pool", "list"});
    for (const Json& pool : pools["pools"]) {
      grades[pool["name"].get<std::string>()] = pool["grade"];
    }
    return grades;
  };
  ASSERT_TRUE(Eventually([&] {
    return grades() == Json({{"busy", "compliant"}, {"idle", "compliant"}});
  })) << grades();

  const auto file = site.folder() / "new.yaml";
  ASSERT_TRUE(WriteFile(file, kNew, FileMode::kPrivate));
  const Json plan = site.RemoteJson({"policy", "plan", file.string(), "--since", "1d"});
  EXPECT_EQ(plan["policy"]["built_in_pack"], false);
  EXPECT_EQ(plan["desktops"]["changing"], 2);
  const Json& cause = plan["desktops"]["changes"][0]["rules"][0];
  EXPECT_EQ(cause["rule"], "os");
  EXPECT_NE(cause["why"].get<std::string>().find("os.family = linux"), std::string::npos);
  Json predicted;
  for (const Json& change : plan["pools"]["changes"]) {
    predicted[change["pool"].get<std::string>()] = change["to"];
  }
  ASSERT_EQ(plan["alerts"]["fire"].size(), 1u) << "none for docker: none";
  EXPECT_EQ(plan["alerts"]["fire"][0]["pool"], "busy");
  EXPECT_GE(plan["replay"]["moves"], 2);
  EXPECT_EQ(plan["replay"]["pools"][0]["new"]["turned_noncompliant"], 1);
  EXPECT_EQ(plan["replay"]["pools"][0]["current"]["turned_noncompliant"], 0);
  EXPECT_EQ(grades(), Json({{"busy", "compliant"}, {"idle", "compliant"}})) << "only a plan";

  ASSERT_TRUE(WriteFile(site.folder() / "policy/site.yaml", kNew, FileMode::kPrivate));
  EXPECT_TRUE(Eventually([&] { return grades() == predicted; })) << grades() << predicted;
}

}  // namespace
}  // namespace vdiwatch::e2e
