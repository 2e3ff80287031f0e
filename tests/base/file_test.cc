#include "base/file.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace vdiwatch {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() { fs::create_directories(folder_); }
  ~FileTest() override { fs::remove_all(folder_); }
  const fs::path folder_ = fs::temp_directory_path() / ("vdiwatch-" + Hex(RandomBytes(6)));
};

TEST_F(FileTest, ReadsWhatWasWritten) {
  std::string bytes = RandomBytes(200'000);
  ASSERT_TRUE(WriteFile(folder_ / "a", bytes, FileMode::kPublic));
  EXPECT_EQ(*ReadFile(folder_ / "a", 1 << 20), bytes);
}

TEST_F(FileTest, ReplacesAndLeavesNothingBeside) {
  ASSERT_TRUE(WriteFile(folder_ / "a", "old", FileMode::kPublic));
  ASSERT_TRUE(WriteFile(folder_ / "a", "new", FileMode::kPrivate));
  EXPECT_EQ(*ReadFile(folder_ / "a", 10), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
  EXPECT_EQ(fs::status(folder_ / "a").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, ErrorsNameFileAndReason) {
  EXPECT_EQ(ReadFile(folder_ / "none", 10).error().kind, ErrorKind::kNotFound);
  EXPECT_NE(ReadFile(folder_ / "none", 10).error().message.find("none: No such file"),
            std::string::npos);
  EXPECT_EQ(ReadFile(folder_, 10).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(WriteFile(folder_ / "big", "12345678901", FileMode::kPublic));
  EXPECT_EQ(ReadFile(folder_ / "big", 10).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(WriteFile(folder_ / "no" / "a", "x", FileMode::kPublic).error().kind,
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace vdiwatch
