// Every scenario of vdiwatch-sim with few machines and days; docs/scenarios.md tells the full ones.
#include "tests/load/scenario/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "tests/e2e/process.h"

namespace vdiwatch::sim {
namespace {

class Scenario : public testing::TestWithParam<ScenarioName> {};

TEST_P(Scenario, Holds) {
  auto protocol = PlayScenario(GetParam().name, {.size = Size::kSmall});
  ASSERT_TRUE(protocol) << protocol.error().message;
  EXPECT_TRUE(protocol->held()) << protocol->ToText();
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, testing::ValuesIn(ScenarioNames()), [](const auto& info) {
  std::string name(info.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(ScenarioCommand, TellsItsScenariosAndWhichOneItDoesNotKnow) {
  auto list = e2e::RunProgram("vdiwatch-sim", {"scenario", "--list"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  for (const auto& [name, what] : ScenarioNames()) {
    EXPECT_NE(list.out.find(name), std::string::npos) << name;
  }
  auto unknown = e2e::RunProgram("vdiwatch-sim", {"scenario", "no-such"});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_NE(unknown.err.find("no scenario 'no-such'"), std::string::npos) << unknown.err;
}

TEST(Protocol, HeldOnlyIfSomethingWasCheckedAndAllOfItHolds) {
  Protocol protocol("one");
  EXPECT_FALSE(protocol.held());
  protocol.Equal("desktops", 3, 3);
  EXPECT_TRUE(protocol.held());
  protocol.AtMost("ghosts", 0, 1);
  EXPECT_FALSE(protocol.held());
  Json json = protocol.ToJson();
  EXPECT_EQ(json["held"], false);
  EXPECT_EQ(json["checks"].at(1)["expected"], "at most 0");
  EXPECT_EQ(json["checks"].at(1)["found"], "1");
}

}  // namespace
}  // namespace vdiwatch::sim
