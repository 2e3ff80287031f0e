#include "agent/secret.h"

#include <gtest/gtest.h>

#include "agent/private_folder.h"
#include "agent/proxy.h"
#include "agent/state_dir.h"
#include "base/file.h"
#include "tests/agent/temp_folder.h"

// Wine keeps neither owners nor access lists as Windows does, and its DPAPI knows one machine: what
// only Windows can prove is in docs/deploy-windows.md.
namespace vdiwatch::agent {
namespace {

TEST(SecretWindowsTest, WhatIsProtectedOpensForItsPurposeOnly) {
  auto text = ProtectSecret("a key", "agent's identity");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->find("a key"), std::string::npos);
  EXPECT_EQ(*RevealSecret("before\n" + *text + "after\n", "agent's identity"),
            "before\na keyafter\n");
  auto other = RevealSecret(*text, "something else");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(other.error().message.find("protected on another machine, or is damaged"),
            std::string::npos)
      << other.error().message;
}

TEST(SecretWindowsTest, DamagedTextIsNoSecret) {
  std::string begin(kProtectedBegin), end(kProtectedEnd);
  for (const std::string& bad : {begin, begin + "no base64!\n" + end, begin + "AAAA\n" + end}) {
    auto revealed = RevealSecret(bad, "agent's identity");
    ASSERT_FALSE(revealed) << bad;
    EXPECT_EQ(revealed.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_EQ(*RevealSecret("nothing protected", "agent's identity"), "nothing protected");
}

TEST(SecretWindowsTest, AnIdentityFileHoldsNoKeyInTheClear) {
  TempFolder folder;
  StateDir state(folder.path() / "vdiwatch" / "agent");
  ASSERT_TRUE(state.Create());
  ASSERT_TRUE(state.Create()) << "and finds its own again";
  Identity identity = *NewIdentity();
  ASSERT_TRUE(state.SaveIdentity(identity));
  std::string text = *ReadFile(state.folder() / "identity.pem", 1 << 16);
  EXPECT_EQ(text.find("PRIVATE KEY"), std::string::npos);
  EXPECT_NE(text.find("CERTIFICATE REQUEST"), std::string::npos);
  auto loaded = state.LoadIdentity();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->key, identity.key);
}

TEST(SecretWindowsTest, AKeyOfAnotherMachineIsInvalidSoThatTheAgentEnrolsAnew) {
  TempFolder folder;
  StateDir state(folder.path());
  // As on another machine: Wine has one, so the purpose stands for it.
  auto foreign = ProtectSecret(NewIdentity()->key, "another machine");
  ASSERT_TRUE(WriteFile(folder.path() / "identity.pem", *foreign, FileMode::kPrivate));
  auto loaded = state.LoadIdentity();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(loaded.error().message.find("does not open"), std::string::npos);
}

TEST(PrivateFolderWindowsTest, IsNoFileAndNotBehindAFile) {
  TempFolder folder;
  ASSERT_TRUE(WriteFile(folder.path() / "file", "x", FileMode::kPublic));
  EXPECT_FALSE(MakePrivateFolder(folder.path() / "file"));
  EXPECT_FALSE(MakePrivateFolder(folder.path() / "file" / "below"));
}

TEST(PrivateFolderWindowsTest, ClosesNoDiskAndNoFolderOfOthers) {
  EXPECT_FALSE(MakePrivateFolder("C:\\"));
  TempFolder folder;
  ASSERT_TRUE(WriteFile(folder.path() / "letter.txt", "x", FileMode::kPublic));
  auto shared = MakePrivateFolder(folder.path());
  ASSERT_FALSE(shared);
  EXPECT_NE(shared.error().message.find("holds other things"), std::string::npos);
  ASSERT_TRUE(WriteFile(folder.path() / "status.json", "{}", FileMode::kPublic));
  EXPECT_TRUE(MakePrivateFolder(folder.path())) << "the agent's own";
}

TEST(ProxyWindowsTest, AsksTheSystemAndGetsNoneHere) {
  auto choice = SystemProxy({.host = "vdi.corp.example", .port = 7443});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_TRUE(choice->host.empty());
}

}  // namespace
}  // namespace vdiwatch::agent
