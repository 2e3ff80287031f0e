#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

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

TEST_F(PolicyFilesTest, ReadsOneFileWhateverItsName) {
  auto files = ReadPolicyFiles((directory_ / "notes.txt").string());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(0).text, "notes.txt");
}

TEST_F(PolicyFilesTest, NamesWhatIsNotThere) {
  auto files = ReadPolicyFiles((directory_ / "none.yaml").string());
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("none.yaml"), std::string::npos);
  EXPECT_EQ(files.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace vdiwatch::policy
