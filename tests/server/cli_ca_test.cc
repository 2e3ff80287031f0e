#include <gtest/gtest.h>

#include "base/file.h"
#include "collector/store/access_store.h"
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
  Ran Ca(const std::string& command, const std::string& flag = "") {
    std::vector<std::string> words = {"ca", command, "--config", daemon_.config_file()};
    if (!flag.empty()) words.push_back(flag);
    return RunCli(words);
  }

  void WritePassphrase(const std::string& text) {
    const auto file = daemon_.directory().Write("passphrase", text + "\n");
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  TestDaemon daemon_;
};

TEST_F(CliCaTest, RotatesListsAndRetires) {
  daemon_.Configure(kWithPassphrase);
  WritePassphrase("correct horse battery");
  daemon_.Init();
  EXPECT_NE(Ca("retire").err.find("no rotation is under way"), std::string::npos);
  const Ran rotated = Ca("rotate");
  ASSERT_EQ(rotated.code, 0) << rotated.err;
  EXPECT_NE(rotated.out.find("Restart the daemon"), std::string::npos);
  EXPECT_EQ(Ca("rotate").code, 70);
  EXPECT_NE(Ca("list").out.find("next"), std::string::npos);

  const Ran early = Ca("retire");
  EXPECT_EQ(early.code, 70);
  EXPECT_NE(early.err.find("no daemon has used the next authority yet"), std::string::npos);
  EXPECT_EQ(Ca("retire", "--force").code, 70) << "every agent would be locked out";
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

TEST_F(CliCaTest, AMistypedPassphraseDoesNoHarmAndARotationCanBeDropped) {
  daemon_.Configure(kWithPassphrase);
  WritePassphrase("correct horse battery");
  daemon_.Init();
  WritePassphrase("correct horse batterie");
  EXPECT_EQ(Ca("rotate").code, 77);
  const Ran shown = Ca("show");
  EXPECT_EQ(shown.code, 0) << "certificates are no secret: " << shown.err;
  EXPECT_EQ(shown.out, *ReadFile(daemon_.ca_file(), 1 << 16));
  WritePassphrase("correct horse battery");
  ASSERT_EQ(Ca("rotate").code, 0);
  EXPECT_EQ(Ca("rotate", "--abort").code, 0);
  EXPECT_EQ(Ca("rotate", "--abort").code, 70);
  EXPECT_TRUE(daemon_.Start());
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
