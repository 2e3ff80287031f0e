#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "base/file.h"
#include "policy/policy_set.h"

namespace vdiwatch::policy {
namespace {

namespace fs = std::filesystem;

class PolicyFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        fs::temp_directory_path() / ("vdiwatch-policy-files-" + std::to_string(::getpid()));
    fs::create_directories(directory_);
    for (const char* name : {"b.yaml", "a.yml", ".hidden.yaml", "notes.txt"}) {
      ASSERT_TRUE(WriteFile(directory_ / name, name, FileMode::kPublic));
    }
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_;
};

TEST_F(PolicyFilesTest, ReadsADirectoryInTheOrderOfNames) {
  auto files = ReadPolicyFiles(directory_.string());
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].text, "a.yml");
  EXPECT_EQ((*files)[1].name, (directory_ / "b.yaml").string());
}

TEST_F(PolicyFilesTest, TakesAnExtensionInCapitals) {
  ASSERT_TRUE(WriteFile(directory_ / "POOLS.YAML", "x", FileMode::kPublic));
  EXPECT_EQ(ReadPolicyFiles(directory_.string())->size(), 3u);
}

TEST(RequireRules, RefusesASetThatJudgesNothing) {
  for (const char* text : {"pools: [{name: x}]\n", "waivers: []\n"}) {
    auto set = RequireRules(LoadPolicy({{"p.yaml", text}}));
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().message, "no policy file has a pack: there would be no rule at all");
  }
  EXPECT_TRUE(RequireRules(LoadPolicy({BuiltInPack()})));
}

TEST_F(PolicyFilesTest, ReadsOneFileWhateverItsName) {
  auto files = ReadPolicyFiles((directory_ / "notes.txt").string());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(0).text, "notes.txt");
}

TEST_F(PolicyFilesTest, LeavesOutWhatEditorsLeaveBehind) {
  for (const char* name :
       {"b.yaml~", "#b.yaml#", ".#b.yaml", ".b.yaml.swp", "b.yaml.tmp", "4913"}) {
    ASSERT_TRUE(WriteFile(directory_ / name, "x", FileMode::kPublic));
  }
  fs::create_directory(directory_ / "folder.yaml");
  EXPECT_EQ(ReadPolicyFiles(directory_.string())->size(), 2u);
}

TEST_F(PolicyFilesTest, FollowsAConfigMapOnceAndNamesItsFilesAsMounted) {
  fs::path mount = directory_ / "mount";
  for (const char* revision : {"..2026_11_22", "..2026_11_23"}) {
    fs::create_directories(mount / revision);
    for (const char* name : {"a.yaml", "b.yaml"}) {
      ASSERT_TRUE(WriteFile(mount / revision / name, revision, FileMode::kPublic));
    }
  }
  fs::create_directory_symlink("..2026_11_22", mount / "..data");
  fs::create_symlink("..data/a.yaml", mount / "a.yaml");
  fs::create_symlink("..data/b.yaml", mount / "b.yaml");
  auto before = ReadPolicyFiles(mount.string());
  ASSERT_TRUE(before) << before.error().message;
  ASSERT_EQ(before->size(), 2u);
  EXPECT_EQ(before->at(0).name, (mount / "a.yaml").string());
  EXPECT_EQ(before->at(1).text, "..2026_11_22");

  fs::create_directory_symlink("..2026_11_23", mount / "..data_tmp");
  fs::rename(mount / "..data_tmp", mount / "..data");
  auto after = ReadPolicyFiles(mount.string());
  EXPECT_EQ(after->at(0).text, "..2026_11_23");
  EXPECT_EQ(after->at(0).name, before->at(0).name);
}

// Swapped as fast as a thread can: what is read is always one of the two, never some of each.
TEST_F(PolicyFilesTest, NeverMixesTwoRevisions) {
  for (const char* revision : {"old", "new"}) {
    fs::create_directories(directory_ / revision);
    for (char name = 'a'; name < 'k'; ++name) {
      ASSERT_TRUE(WriteFile(directory_ / revision / (std::string(1, name) + ".yaml"), revision,
                            FileMode::kPublic));
    }
  }
  fs::path current = directory_ / "current";
  fs::create_directory_symlink("old", current);
  std::atomic<bool> done = false;
  std::thread swapper([&] {
    for (bool to_new = true; !done; to_new = !to_new) {
      fs::create_directory_symlink(to_new ? "new" : "old", directory_ / "next");
      fs::rename(directory_ / "next", current);
    }
  });
  std::set<std::string> seen;
  for (int round = 0; round < 300 || (seen.size() < 2 && round < 100'000); ++round) {
    auto files = ReadPolicyFiles(current.string());
    if (!files || files->size() != 10u) {
      ADD_FAILURE() << (files ? "not ten" : files.error().message);
      break;
    }
    std::set<std::string> texts;
    for (const auto& file : *files) texts.insert(file.text);
    EXPECT_EQ(texts.size(), 1u);
    seen.merge(texts);
  }
  done = true;
  swapper.join();
  EXPECT_EQ(seen.size(), 2u) << "it was swapped meanwhile";
}

TEST_F(PolicyFilesTest, NamesTheFileThatVanished) {
  fs::create_symlink(directory_ / "gone.txt", directory_ / "c.yaml");
  auto files = ReadPolicyFiles(directory_.string());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(files.error().message.find("c.yaml"), std::string::npos);
}

TEST_F(PolicyFilesTest, RefusesAPipeAtOnce) {
  ASSERT_EQ(::mkfifo((directory_ / "c.yaml").c_str(), 0600), 0);
  auto files = ReadPolicyFiles(directory_.string());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, (directory_ / "c.yaml").string() + " is no regular file");
}

TEST_F(PolicyFilesTest, RefusesAHugeFileAndTooManyLargeOnes) {
  ASSERT_TRUE(WriteFile(directory_ / "c.yaml", std::string((1 << 20) + 1, '#'), FileMode::kPublic));
  auto huge = ReadPolicyFiles(directory_.string());
  ASSERT_FALSE(huge);
  EXPECT_NE(huge.error().message.find("c.yaml"), std::string::npos);
  for (char name = 'c'; name < 'q'; ++name) {
    ASSERT_TRUE(WriteFile(directory_ / (std::string(1, name) + ".yaml"), std::string(1 << 20, '#'),
                          FileMode::kPublic));
  }
  auto many = ReadPolicyFiles(directory_.string());
  ASSERT_FALSE(many);
  EXPECT_NE(many.error().message.find("holds over 12582912 bytes"), std::string::npos);
}

// Root may do anything, so reading is tried by a child that is nobody.
ErrorKind KindWithoutRoot(const fs::path& path, const char* named) {
  pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(100);
    auto files = ReadPolicyFiles(path.string());
    bool good = !files && files.error().message.find(named) != std::string::npos;
    ::_exit(good ? static_cast<int>(files.error().kind) : 101);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_LT(WEXITSTATUS(status), 100);
  return static_cast<ErrorKind>(WEXITSTATUS(status));
}

TEST_F(PolicyFilesTest, NamesWhatItMayNotRead) {
  fs::permissions(directory_ / "b.yaml", fs::perms::none);
  EXPECT_EQ(KindWithoutRoot(directory_, "b.yaml"), ErrorKind::kDenied);
  fs::permissions(directory_, fs::perms::none);
  EXPECT_EQ(KindWithoutRoot(directory_, directory_.c_str()), ErrorKind::kDenied);
  fs::permissions(directory_, fs::perms::owner_all);
}

TEST_F(PolicyFilesTest, NamesWhatIsNotThere) {
  auto files = ReadPolicyFiles((directory_ / "none.yaml").string());
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("none.yaml"), std::string::npos);
  EXPECT_EQ(files.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace vdiwatch::policy
