#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

// Each error is one line on stderr that holds these words, and a defined exit code.
void ExpectOneLine(const Finished& finished, int exit_code, const std::string& words) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  EXPECT_NE(finished.err.find(words), std::string::npos) << finished.err;
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  EXPECT_EQ(finished.out, "");
}

class Errors : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = new Site;
    site_->Serve();
  }
  static void TearDownTestSuite() { delete site_; }
  static Site* site_;
};
Site* Errors::site_ = nullptr;

TEST_F(Errors, WrongToken) {
  auto config = site_->AgentConfig("wrong", "vdw_enrol_00000000");
  ExpectOneLine(site_->Agent("check-in", config), 77, "this enrolment token is not known here");
}

TEST_F(Errors, ExpiredToken) {
  auto made = site_->Local({"token", "create", "--pool", "p", "--expires", "1s"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  auto config = site_->AgentConfig("expired", std::string(Trim(made.out)));
  Finished finished;
  // The first tries may still be in time; each with a key of its own.
  ASSERT_TRUE(Eventually([&] {
    fs::remove_all(site_->folder() / "expired");
    finished = site_->Agent("check-in", config);
    return finished.exit_code != 0;
  }));
  ExpectOneLine(finished, 77, "this enrolment token expired at");
}

TEST_F(Errors, UnreachableCollector) {
  fs::path file = site_->folder() / "nobody.yaml";
  ASSERT_TRUE(
      WriteFile(file,
                fmt::format("collector: https://127.0.0.1:1\nca_file: {}\ntoken: t\n"
                            "state_dir: {}\n",
                            site_->ca_file().string(), (site_->folder() / "nobody").string()),
                FileMode::kPublic));
  ExpectOneLine(site_->Agent("check-in", file), 69, "https://127.0.0.1:1");
}

TEST_F(Errors, UntrustedCertificate) {
  Site other;  // has a certificate authority of its own
  fs::path file = site_->folder() / "untrusted.yaml";
  ASSERT_TRUE(WriteFile(file,
                        fmt::format("collector: https://127.0.0.1:{}\nca_file: {}\ntoken: t\n"
                                    "state_dir: {}\n",
                                    site_->agents_port(), other.ca_file().string(),
                                    (site_->folder() / "untrusted").string()),
                        FileMode::kPublic));
  ExpectOneLine(site_->Agent("check-in", file), 69, "its certificate is not trusted");
}

TEST_F(Errors, PortInUse) {
  Site second;
  ASSERT_TRUE(WriteFile(second.config(),
                        fmt::format("data_dir: data\nagents: {{listen: \"127.0.0.1:{}\"}}\n"
                                    "people: {{listen: \"127.0.0.1:0\"}}\n",
                                    site_->agents_port()),
                        FileMode::kPublic));
  auto finished = second.Local({"serve"});
  EXPECT_EQ(finished.exit_code, 69);
  EXPECT_NE(finished.err.find(fmt::format("cannot listen on 127.0.0.1:{}", site_->agents_port())),
            std::string::npos)
      << finished.err;
}

TEST(StoreErrors, NoDatabase) {
  Site site;
  ASSERT_TRUE(
      WriteFile(site.folder() / "data/vdiwatch.db", std::string(8192, 'x'), FileMode::kPublic));
  ExpectOneLine(site.Local({"serve"}), 65, "vdiwatch.db");
}

TEST(StoreErrors, MissingDataDirectory) {
  Site site;
  fs::remove_all(site.folder() / "data");
  ExpectOneLine(site.Local({"serve"}), 65, "does not exist");
}

TEST(ConfigErrors, AreFoundAtTheirPlace) {
  Site site;
  ASSERT_TRUE(WriteFile(site.config(), "data_dir: data\nagent: {listen: 1}\n", FileMode::kPublic));
  auto finished = site.Local({"serve"});
  EXPECT_EQ(finished.exit_code, 65);
  EXPECT_NE(finished.err.find("vdiwatch.yaml:2:1: "), std::string::npos) << finished.err;
  EXPECT_NE(finished.err.find("did you mean 'agents'"), std::string::npos) << finished.err;
}

TEST(ConfigErrors, BadPolicyIsRefusedWithEveryMistake) {
  Site site("pools:\n  - name: a\n    docker: perhaps\n  - nme: b\n");
  auto finished = site.Local({"serve"});
  EXPECT_EQ(finished.exit_code, 65);
  EXPECT_NE(finished.err.find("site.yaml:3:"), std::string::npos) << finished.err;
  EXPECT_NE(finished.err.find("site.yaml:4:"), std::string::npos) << finished.err;
}

TEST(Usage, IsExplainedAndEndsWith64) {
  for (const char* program : {"vdiwatch", "vdiwatch-agent", "vdiwatch-check", "vdiwatch-sim"}) {
    ExpectOneLine(RunProgram(program, {"--no-such-flag"}), 64, "'--no-such-flag'");
    EXPECT_EQ(RunProgram(program, {"--version"}).exit_code, 0) << program;
    EXPECT_EQ(RunProgram(program, {"--help"}).exit_code, 0) << program;
  }
}

}  // namespace
}  // namespace vdiwatch::e2e
