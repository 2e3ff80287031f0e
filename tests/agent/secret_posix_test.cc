#include <gtest/gtest.h>

#include <filesystem>

#include "agent/secret.h"
#include "agent/state_dir.h"
#include "base/file.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

TEST(SecretPosixTest, TheFilesModeGuardsTheKey) {
  TempFolder folder;
  StateDir state(folder.path() / "state");
  ASSERT_TRUE(state.Create());
  Identity identity = *NewIdentity();
  ASSERT_TRUE(state.SaveIdentity(identity));
  fs::path file = state.folder() / "identity.pem";
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  auto loaded = state.LoadIdentity();
  ASSERT_TRUE(loaded && *loaded);
  EXPECT_EQ((*loaded)->key, identity.key);
}

TEST(SecretPosixTest, AKeyThatWindowsProtectedIsNoIdentityHere) {
  TempFolder folder;
  StateDir state(folder.path());
  std::string text = std::string(kProtectedBegin) + "AAAA\n" + std::string(kProtectedEnd);
  ASSERT_TRUE(WriteFile(folder.path() / "identity.pem", text, FileMode::kPrivate));
  auto loaded = state.LoadIdentity();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid) << "so that the agent enrols anew";
  EXPECT_NE(loaded.error().message.find("was protected by Windows, on another machine"),
            std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::agent
