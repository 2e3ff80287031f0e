#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/agent/connect_proxy.h"
#include "tests/e2e/site.h"

// Trust and the way to the collector, with the real programs.
namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

class PinTest : public testing::Test {
 protected:
  PinTest() { site_.Serve(); }

  std::string Pin(const Site& site) const {
    Finished shown = site.Local({"ca", "show", "--pin"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    return std::string(Trim(shown.out));
  }
  fs::path Config(const std::string& name, const std::string& pin, int port,
                  const std::string& more = "", const std::string& host = "127.0.0.1") const {
    fs::path file = site_.folder() / (name + ".yaml");
    EXPECT_TRUE(WriteFile(file,
                          fmt::format("collector: https://{}:{}\nca_pin: {}\ntoken: {}\n"
                                      "state_dir: {}\n{}",
                                      host, port, pin, site_.Token("finance"), name, more),
                          FileMode::kPrivate));
    return file;
  }
  // The one line of a check-in that must fail.
  std::string Problem(const fs::path& config) const {
    Finished tried = site_.Agent("check-in", config);
    EXPECT_EQ(tried.exit_code, 69) << tried.out << tried.err;
    EXPECT_EQ(tried.err.find('\n'), tried.err.size() - 1) << tried.err;
    return tried.err;
  }

  Site site_;
};

TEST_F(PinTest, AddressTokenAndPinAreEnoughToEnrol) {
  const std::string pin = Pin(site_);
  EXPECT_TRUE(pin.starts_with("sha256:")) << pin;
  fs::path config = Config("agent", pin, site_.agents_port());
  for (int i = 0; i < 2; ++i) {
    Finished checked_in = site_.Agent("check-in", config);
    EXPECT_EQ(checked_in.exit_code, 0) << checked_in.err;
  }
  EXPECT_EQ(site_.RemoteJson({"desktop", "list"})["desktops"].size(), 1u);
}

TEST_F(PinTest, TheConfigurationThatTheServerPrintsIsTheAgents) {
  Finished made =
      site_.Local({"token", "create", "--pool", "finance", "--expires", "1d", "--agent-config"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_NE(made.out.find("ca_pin: " + Pin(site_)), std::string::npos) << made.out;
  fs::path config = site_.folder() / "printed.yaml";
  ASSERT_TRUE(WriteFile(config, made.out, FileMode::kPrivate));
  Finished shown = RunProgram("vdiwatch-agent", {"config", "show", "--config", config.string()});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find("token: <secret>"), std::string::npos) << shown.out;
}

TEST_F(PinTest, RefusesAnotherPinAnotherCollectorAndAnotherName) {
  const std::string wrong = "sha256:" + std::string(64, '0');
  std::string problem = Problem(Config("wrong", wrong, site_.agents_port()));
  EXPECT_NE(problem.find("not trusted by ca_pin"), std::string::npos) << problem;
  EXPECT_NE(problem.find(Pin(site_)), std::string::npos) << "what it showed: " << problem;

  Site other;  // somebody in the middle, with an authority of his own
  other.Serve();
  std::string middle = Problem(Config("middle", Pin(site_), other.agents_port()));
  EXPECT_NE(middle.find("not trusted by ca_pin"), std::string::npos) << middle;

  agent::ConnectProxy elsewhere;
  elsewhere.Mislead(static_cast<std::uint16_t>(site_.agents_port()));
  std::string name = Problem(
      Config("name", Pin(site_), 7443, "proxy: " + elsewhere.address() + "\n", "other.example"));
  EXPECT_NE(name.find("not for 'other.example': wrong host name"), std::string::npos) << name;
  EXPECT_EQ(site_.RemoteJson({"desktop", "list"})["desktops"].size(), 0u);
}

TEST_F(PinTest, EnrolsThroughAProxy) {
  agent::ConnectProxy proxy;
  fs::path config =
      Config("proxied", Pin(site_), site_.agents_port(), "proxy: " + proxy.address() + "\n");
  Finished checked_in = site_.Agent("check-in", config);
  EXPECT_EQ(checked_in.exit_code, 0) << checked_in.err;
  EXPECT_FALSE(proxy.asked().empty());

  fs::path by_system = Config("system", Pin(site_), site_.agents_port(), "proxy: system\n");
  Finished closed = RunProgram("vdiwatch-agent", {"check-in", "--config", by_system.string()},
                               {{"HTTPS_PROXY", "http://127.0.0.1:1"}});
  EXPECT_EQ(closed.exit_code, 69);
  EXPECT_NE(
      closed.err.find("through the proxy http://127.0.0.1:1 (HTTPS_PROXY of the environment)"),
      std::string::npos)
      << closed.err;
}

TEST_F(PinTest, ThePoolOfTheSettingsReachesTheDashboard) {
  fs::path config =
      Config("pooled", Pin(site_), site_.agents_port(), "pool: Sales\nvdi_mode: non_persistent\n");
  ASSERT_EQ(site_.Agent("check-in", config).exit_code, 0);
  std::string host = site_.RemoteJson({"desktop", "list"})["desktops"][0]["host_name"];
  std::string shown = site_.RemoteJson({"desktop", "show", host}).dump();
  EXPECT_NE(shown.find("\"Sales\""), std::string::npos) << shown;
  EXPECT_NE(shown.find("\"administrator\""), std::string::npos) << shown;
}

}  // namespace
}  // namespace vdiwatch::e2e
