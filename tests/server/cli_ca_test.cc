#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

constexpr const char* kWithPassphrase = R"(
agents: {listen: '127.0.0.1:0'}
people: {listen: '127.0.0.1:0'}
ca: {key_passphrase_file: passphrase}
)";

class CliCaTest : public testing::Test {
 protected:
  Ran Ca(const std::string& command, bool force = false) {
    std::vector<std::string> words = {"ca", command, "--config", daemon_.config_file()};
    if (force) words.push_back("--force");
    return RunCli(words);
  }

  TestDaemon daemon_;
};

TEST_F(CliCaTest, RotatesListsAndRetires) {
  daemon_.Configure(kWithPassphrase);
  const auto passphrase = daemon_.directory().Write("passphrase", "correct horse battery\n");
  std::filesystem::permissions(
      passphrase, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  daemon_.Init();
  EXPECT_EQ(Ca("retire").code, 70) << "no rotation is under way";
  const Ran rotated = Ca("rotate");
  ASSERT_EQ(rotated.code, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("Restart the daemon"), std::string::npos);
  EXPECT_EQ(Ca("rotate").code, 70);
  EXPECT_NE(Ca("list").out.find("next"), std::string::npos);

  const Ran early = Ca("retire");
  EXPECT_EQ(early.code, 70);
  EXPECT_NE(early.err.find("no daemon has used the next authority yet"), std::string::npos);
  ASSERT_TRUE(daemon_.Start());
  const Ran shown = Ca("show");
  EXPECT_EQ(shown.out.find("-----BEGIN CERTIFICATE-----"), 0u);
  EXPECT_NE(shown.out.find("-----BEGIN CERTIFICATE-----", 1), std::string::npos) << "both";
  const Ran retired = Ca("retire");
  ASSERT_EQ(retired.code, 0) << retired.err;
  EXPECT_NE(Ca("list").out.find("retired"), std::string::npos);
  auto audit = daemon_.app().database().access->AuditLog(1);
  EXPECT_EQ(audit->at(0).action, "ca.retired");
  daemon_.Stop();
  EXPECT_TRUE(daemon_.Start()) << "under the next authority";
}

TEST_F(CliCaTest, AForgottenPassphraseIsOneClearLine) {
  daemon_.Configure(kWithPassphrase);
  const Ran missing = RunCli({"init", "--config", daemon_.config_file()});
  EXPECT_EQ(missing.code, 65);
  EXPECT_NE(missing.err.find("passphrase"), std::string::npos) << missing.err;
}

TEST_F(CliCaTest, RevokesADesktopOverTheApi) {
  daemon_.Init();
  ASSERT_TRUE(daemon_.Start());
  const Ran nobody =
      RunCli({"desktop", "revoke", "fin-01", "--profile", daemon_.Profile("operator")});
  EXPECT_EQ(nobody.code, 65);
  EXPECT_NE(nobody.err.find("There is no desktop"), std::string::npos) << nobody.err;
  const Ran viewer =
      RunCli({"desktop", "revoke", "fin-01", "--profile", daemon_.Profile("viewer")});
  EXPECT_EQ(viewer.code, 77) << viewer.err;
}

}  // namespace
}  // namespace vdiwatch::server
