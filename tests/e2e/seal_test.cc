#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/e2e/site.h"

// docs/golden-images.md, as an image's maintainer does it.
namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

class SealTest : public testing::Test {
 protected:
  SealTest() {
    site_.Serve();
    config_ = site_.AgentConfig("agent", site_.Token("images"));
  }

  Finished Seal(bool check = false) const {
    std::vector<std::string> words = {"seal", "--config", config_.string()};
    if (check) words.push_back("--check");
    return RunProgram("vdiwatch-agent", words);
  }
  bool Has(const char* name) const { return fs::exists(site_.folder() / "agent" / name); }

  Site site_;
  fs::path config_;
};

TEST_F(SealTest, RemovesWhatBelongsToOneMachineAndCanBeRunTwice) {
  ASSERT_EQ(site_.Agent("check-in", config_).exit_code, 0);
  Finished left = Seal(true);
  EXPECT_EQ(left.exit_code, 1);
  for (const char* name : {"identity.pem", "status.json", "canary.json"}) {
    EXPECT_TRUE(Has(name)) << name;
    EXPECT_NE(left.out.find(name), std::string::npos) << left.out;
  }
  Finished sealed = Seal();
  EXPECT_EQ(sealed.exit_code, 0) << sealed.err;
  for (const char* name : {"identity.pem", "status.json", "canary.json"}) {
    EXPECT_FALSE(Has(name)) << name;
  }
  EXPECT_TRUE(fs::exists(config_)) << "the configuration stays";
  EXPECT_EQ(Seal(true).exit_code, 0);
  EXPECT_EQ(Seal().exit_code, 0) << "and once more";

  Finished quiet = site_.Agent("check-in", config_);
  EXPECT_EQ(quiet.exit_code, 69);
  EXPECT_NE(quiet.err.find("sealed in this boot"), std::string::npos) << quiet.err;
  EXPECT_EQ(Seal(true).exit_code, 0) << "and left nothing behind";
}

TEST_F(SealTest, RefusesWhileTheAgentRuns) {
  ASSERT_EQ(site_.Agent("check-in", config_).exit_code, 0);
  Running agent("vdiwatch-agent", {"run", "--config", config_.string()},
                site_.folder() / "agent.log");
  ASSERT_TRUE(Eventually([&] {  // it holds its folder from then on
    const auto log = ReadFile(site_.folder() / "agent.log", 64 << 10);
    return log && log->find("checked in") != std::string::npos;
  }));
  EXPECT_EQ(site_.Agent("reset-identity", config_).exit_code, 69);
  Finished refused = Seal();
  EXPECT_EQ(refused.exit_code, 69);
  EXPECT_NE(refused.err.find("stop its service first"), std::string::npos) << refused.err;
  EXPECT_TRUE(Has("identity.pem"));
}

TEST_F(SealTest, ResettingTheIdentityKeepsTheCanaryAndTheDesktop) {
  ASSERT_EQ(site_.Agent("check-in", config_).exit_code, 0);
  auto canary = ReadFile(site_.folder() / "agent/canary.json", 4096);
  ASSERT_EQ(site_.Agent("reset-identity", config_).exit_code, 0);
  EXPECT_FALSE(Has("identity.pem"));
  EXPECT_EQ(*ReadFile(site_.folder() / "agent/canary.json", 4096), *canary);
  ASSERT_EQ(site_.Agent("check-in", config_).exit_code, 0);
  EXPECT_EQ(site_.RemoteJson({"desktop", "list"})["desktops"].size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::e2e
