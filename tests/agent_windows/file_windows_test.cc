#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/result_windows.h"

namespace vdiwatch {
namespace {

namespace fs = std::filesystem;

class FileWindowsTest : public testing::Test {
 protected:
  FileWindowsTest() : folder_(fs::temp_directory_path() / ("vdiwatch-" + Hex(RandomBytes(8)))) {
    fs::create_directories(folder_);
  }
  ~FileWindowsTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path folder_;
};

TEST_F(FileWindowsTest, ReadsBackWhatWasWrittenUnderAnyName) {
  const std::string bytes("a\r\nb\0c\x1a", 7);
  for (const char* name : {"plain", "with blank", "Z\xc3\xbcrich \xe2\x82\xac.json"}) {
    for (FileMode mode : {FileMode::kPublic, FileMode::kPrivate}) {
      ASSERT_TRUE(WriteFile(folder_ / name, bytes, mode)) << name;
      auto read = ReadFile(folder_ / name, 100);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, bytes);
    }
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3) << "a temporary file is left";
}

TEST_F(FileWindowsTest, LeavesTheOldFileWholeWhereSomebodyHoldsIt) {
  const fs::path file = folder_ / "status.json";
  ASSERT_TRUE(WriteFile(file, "old", FileMode::kPublic));
  HANDLE reader = ::CreateFileW(file.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                                0, nullptr);
  ASSERT_NE(reader, INVALID_HANDLE_VALUE);
  EXPECT_FALSE(WriteFile(file, "new", FileMode::kPublic));
  EXPECT_EQ(ReadFile(file, 100).value(), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "a temporary file is left";
  ::CloseHandle(reader);
  EXPECT_TRUE(WriteFile(file, "new", FileMode::kPublic));
  EXPECT_EQ(ReadFile(file, 100).value(), "new");
}

TEST_F(FileWindowsTest, NamesWhatIsWrong) {
  auto missing = ReadFile(folder_ / "nothing", 100);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find("nothing"), std::string::npos) << missing.error().message;
  EXPECT_NE(missing.error().message.find("(2)"), std::string::npos) << missing.error().message;

  EXPECT_EQ(ReadFile(folder_, 100).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(WriteFile(folder_, "x", FileMode::kPublic).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(WriteFile(folder_ / "big", std::string(101, 'x'), FileMode::kPublic));
  EXPECT_EQ(ReadFile(folder_ / "big", 100).error().kind, ErrorKind::kInvalid);
  auto nowhere = WriteFile(folder_ / "no" / "file", "x", FileMode::kPublic);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::kNotFound) << nowhere.error().message;
}

TEST_F(FileWindowsTest, WritesIntoADevice) {
  EXPECT_TRUE(WriteOutput("NUL", "gone", FileMode::kPublic));
  EXPECT_FALSE(WriteFile("NUL", "gone", FileMode::kPublic));
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  auto written = WriteOutput("CON", "", FileMode::kPrivate);  // there may be no console
  EXPECT_FALSE(WriteFile("CON", "gone", FileMode::kPublic));
  fs::current_path(before);
  EXPECT_TRUE(fs::is_empty(folder_)) << "a file was made beside the device";
  if (!written) {
    EXPECT_NE(written.error().message.find("cannot write CON"), std::string::npos);
  }
}

TEST(WindowsErrors, AreWordsWithTheirNumber) {
  std::string denied = DescribeWindowsError(ERROR_ACCESS_DENIED);
  EXPECT_TRUE(denied.ends_with(" (5)")) << denied;
  EXPECT_EQ(WindowsError("cannot open x", ERROR_ACCESS_DENIED).kind, ErrorKind::kDenied);
  EXPECT_NE(DescribeWindowsError(0xdeadbeef).find("3735928559"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch
