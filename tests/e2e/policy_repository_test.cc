// The example repository of docs/policy-language.md, checked by the commands that stand there.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace vdiwatch::e2e {
namespace {

namespace fs = std::filesystem;

class PolicyRepository : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("vdiwatch-repository-" + Hex(RandomBytes(6)));
    fs::create_directories(root_ / "policies");
    auto page = ReadFile(VDIWATCH_SOURCE_DIR "/docs/policy-language.md", 1 << 20);
    ASSERT_TRUE(page);
    bool inside = false;
    std::vector<std::string> lines;
    for (std::string_view line : Split(*page, '\n')) {
      if (!line.starts_with("```")) {
        if (inside) lines.emplace_back(line);
        continue;
      }
      inside = !inside;
      if (!inside) Take(lines);
      lines.clear();
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  // A block that begins with "# name" is that file; the lines of its script are commands.
  void Take(const std::vector<std::string>& lines) {
    if (lines.empty() || !lines[0].starts_with("# ")) return;
    ASSERT_TRUE(WriteFile(root_ / lines[0].substr(2), Join(lines, "\n") + "\n", FileMode::kPublic));
    for (const std::string& line : lines) {
      auto command = Trim(line);
      if (command.starts_with("- vdiwatch ")) commands_.emplace_back(command.substr(2));
    }
  }

  // In a shell, in the repository, with an environment that knows of no daemon.
  int Run(const std::string& command) {
    std::string line =
        fmt::format("cd '{}' && env -i HOME='{}' PATH='{}:/usr/bin:/bin' {} >out 2>&1",
                    root_.string(), root_.string(), VDIWATCH_BIN_DIR, command);
    int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string Read(const std::string& name) {
    auto text = ReadFile(root_ / name, 1 << 20);
    return text ? *text : "";
  }

  fs::path root_;
  std::vector<std::string> commands_;
};

TEST_F(PolicyRepository, ItsChecksPassAsPrinted) {
  ASSERT_TRUE(fs::exists(root_ / "policies/desktop-standard.yaml"));
  ASSERT_TRUE(fs::exists(root_ / "policies/pools.yaml"));
  ASSERT_EQ(commands_.size(), 2u);
  for (const std::string& command : commands_) EXPECT_EQ(Run(command), 0) << Read("out");
  EXPECT_EQ(Read("out"), "3 tests, 0 failed\n");
  EXPECT_NE(Read("lint.xml").find("failures=\"0\" name=\"policy lint\" tests=\"2\""),
            std::string::npos);
  EXPECT_NE(Read("test.xml").find("failures=\"0\" name=\"desktop-standard\" tests=\"3\""),
            std::string::npos);
}

TEST_F(PolicyRepository, AMistakeFailsTheCheckAndIsInItsReport) {
  ASSERT_EQ(commands_.size(), 2u);
  std::string pools = Read("policies/pools.yaml");
  auto at = pools.find("single-instance");
  ASSERT_NE(at, std::string::npos);
  ASSERT_TRUE(WriteFile(root_ / "policies/pools.yaml", pools.replace(at, 15, "single-instanc"),
                        FileMode::kPublic));
  EXPECT_EQ(Run(commands_[0]), 1);
  EXPECT_NE(Read("out").find("policies/pools.yaml:8:9: unknown rule 'single-instanc'; did you mean "
                             "'single-instance'?"),
            std::string::npos)
      << Read("out");
  EXPECT_NE(Read("lint.xml").find("failures=\"1\""), std::string::npos);
  EXPECT_EQ(Run(commands_[1]), 65);
  EXPECT_FALSE(fs::exists(root_ / "test.xml"));
}

}  // namespace
}  // namespace vdiwatch::e2e
