#include <gtest/gtest.h>

#include "agent/state_dir.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

TEST(StateDir, KeepsTheKeyToItsOwner) {
  TempFolder folder;
  StateDir state(folder.path());
  auto identity = NewIdentity();
  ASSERT_TRUE(identity);
  ASSERT_TRUE(state.SaveIdentity(*identity));
  fs::perms mode = fs::status(folder.path() / "identity.pem").permissions();
  EXPECT_EQ(mode & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace vdiwatch::agent
