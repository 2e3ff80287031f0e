#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

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

TEST_F(FileTest, ALinkStaysAndItsFileIsReplaced) {
  ASSERT_TRUE(WriteFile(folder_ / "a", "old", FileMode::kPublic));
  fs::create_symlink("a", folder_ / "link");
  ASSERT_TRUE(WriteFile(folder_ / "link", "new", FileMode::kPublic));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(*ReadFile(folder_ / "a", 10), "new");
  fs::create_symlink("gone", folder_ / "dangling");
  EXPECT_EQ(WriteFile(folder_ / "dangling", "x", FileMode::kPublic).error().kind,
            ErrorKind::kNotFound);
}

TEST_F(FileTest, WhatIsNoRegularFileIsRefused) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder_ / "link");
  for (const char* name : {"pipe", "link"}) {
    auto written = WriteFile(folder_ / name, "x", FileMode::kPublic);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message,
              "cannot write " + (folder_ / name).string() + ": it is no regular file");
  }
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  fs::create_directory(folder_ / "folder");
  for (auto write : {WriteFile, WriteOutput}) {
    EXPECT_EQ(write(folder_ / "folder", "x", FileMode::kPublic).error().message,
              "cannot write " + (folder_ / "folder").string() + ": it is a directory");
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 3);
}

TEST_F(FileTest, OutputGoesIntoAPipe) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder_ / "link");
  for (const char* name : {"pipe", "link"}) {
    int reader = ::open((folder_ / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
    ASSERT_TRUE(WriteOutput(folder_ / name, "bytes", FileMode::kPrivate));
    char read[16] = {};
    EXPECT_EQ(::read(reader, read, sizeof read), 5);
    EXPECT_STREQ(read, "bytes");
    ::close(reader);
  }
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  ASSERT_TRUE(WriteOutput(folder_ / "new", "bytes", FileMode::kPrivate));
  EXPECT_EQ(*ReadFile(folder_ / "new", 10), "bytes");
}

TEST(FlushStandardOutput, LostOutputIsAnError) {
  ASSERT_TRUE(FlushStandardOutput());
  const int kept = ::dup(STDOUT_FILENO);
  const int unwritable = ::open("/", O_RDONLY | O_CLOEXEC);
  ::dup2(unwritable, STDOUT_FILENO);
  std::fputs(" ", stdout);
  auto lost = FlushStandardOutput();
  std::fputs(std::string(100'000, ' ').c_str(), stdout);  // more than any buffer
  auto lost_before = FlushStandardOutput();
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(unwritable);
  std::clearerr(stdout);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message, "cannot write the standard output: Bad file descriptor");
  EXPECT_FALSE(lost_before);
}

// A node of its own with the numbers of /dev/full, so that nothing happens to that of the machine.
TEST_F(FileTest, AFullDeviceIsAnErrorAndStaysADevice) {
  constexpr unsigned kMemoryDevices = 1, kFull = 7;
  const fs::path full = folder_ / "full";
  // Only root makes devices; the pipes above go the same way.
  if (::mknod(full.c_str(), S_IFCHR | 0600, (kMemoryDevices << 8) | kFull) != 0) return;
  auto written = WriteOutput(full, "bytes", FileMode::kPrivate);
  EXPECT_TRUE(fs::is_character_file(full));
  ASSERT_FALSE(written);
  if (written.error().kind == ErrorKind::kDenied) return;  // mounted without devices
  EXPECT_EQ(written.error().message, "cannot write " + full.string() + ": No space left on device");
}

}  // namespace
}  // namespace vdiwatch
