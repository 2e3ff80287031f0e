// What lies where, and how big it may be (DESIGN §2 and §9).
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <regex>
#include <set>

#include "tests/shape/tree.h"

namespace vdiwatch::shape {
namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string, std::less<>>;

constexpr std::size_t kMostLines = 400;
constexpr std::size_t kMostBaseModules = 8;

// "base/file_posix.cc" and "base/file.h" are both the module base/file.
std::string ModuleOf(const std::string& path) {
  static const std::regex kSuffix(R"re((_(posix|linux|windows))?\.(cc|h)$)re");
  return std::regex_replace(path, kSuffix, "");
}

TEST(Layout, TopLevelHoldsOnlyWhatTheDesignNames) {
  const Names allowed = {".ci",
                         ".clang-format",
                         ".clang-tidy",
                         ".editorconfig",
                         ".git",
                         ".gitignore",
                         "agent",
                         "base",
                         "build",
                         "collector",
                         "conan",
                         "deploy",
                         "docs",
                         "policy",
                         "report",
                         "server",
                         "tests",
                         "CMakeLists.txt",
                         "CHANGELOG.md",
                         "LICENSE",
                         "README.md",
                         "CMakePresets.json",
                         "CMakeUserPresets.json",
                         ".cache"};
  for (const auto& entry : fs::directory_iterator(VDIWATCH_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(allowed.contains(name)) << name << " has no place at the top of the tree";
  }
}

TEST(Layout, BaseHasAtMostEightModules) {
  Names modules;
  for (const SourceFile& file : CppFiles({"base"})) modules.insert(ModuleOf(file.path));
  EXPECT_LE(modules.size(), kMostBaseModules) << testing::PrintToString(modules);
}

TEST(Layout, FilesAreShort) {
  static const std::regex kCode(
      R"re(\.(h|cc|ts|tsx|mjs|css|sql|S)$|^(tests/run|deploy/quickstart)$)re");
  for (const SourceFile& file : SourceTree()) {
    if (!std::regex_search(file.path, kCode)) continue;
    EXPECT_LE(Lines(file.text).size(), kMostLines) << file.path;
  }
}

TEST(Layout, SqlLivesInTheStore) {
  static const std::regex kSql(
      R"re(\b(SELECT\s+[\w*(]|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|UNIQUE)\s|PRAGMA\s+\w))re");
  for (const SourceFile& file :
       CppFiles({"base", "report", "policy", "agent", "collector", "server"})) {
    if (IsUnder(file.path, "collector/store")) continue;
    if (file.path == "agent/gather/wmi_windows.cc") continue;  // WMI's language begins as SQL does
    for (const std::string& text : TakeApart(file.text).strings) {
      EXPECT_FALSE(std::regex_search(text, kSql)) << file.path << " holds SQL: " << text;
    }
  }
}

// Told, not demanded: some modules are best tested through their neighbour.
TEST(Layout, TellsModulesThatNoTestIncludes) {
  Names included;
  static const std::regex kInclude(R"re(#include "([^"]+)\.h")re");
  for (const SourceFile& file : CppFiles({"tests"})) {
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), kInclude), end; it != end;
         ++it) {
      included.insert((*it)[1]);
    }
  }
  EXPECT_FALSE(included.empty());
  for (const SourceFile& file :
       CppFiles({"base", "report", "policy", "agent", "collector", "server"})) {
    const std::string module = ModuleOf(file.path);
    if (file.path.ends_with(".h") && !included.contains(module)) {
      std::cout << "no test includes " << module << ".h\n";
    }
  }
}

}  // namespace
}  // namespace vdiwatch::shape
