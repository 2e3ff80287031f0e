// The directions of DESIGN §2: which folder may include which.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/shape/tree.h"

namespace vdiwatch::shape {
namespace {

using Folders = std::set<std::string, std::less<>>;

const std::map<std::string, Folders, std::less<>>& Allowed() {
  static const std::map<std::string, Folders, std::less<>> kAllowed = {
      {"base", {"base"}},
      {"report", {"report", "base"}},
      {"policy", {"policy", "report", "base"}},
      {"agent", {"agent", "report", "base"}},
      {"collector", {"collector", "policy", "report", "base"}},
      {"server", {"server", "collector", "policy", "report", "base"}},
      {"deploy", {"deploy"}},  // what Windows Installer loads: it stands alone
      {"tests", {"tests", "server", "collector", "policy", "agent", "report", "base"}},
  };
  return kAllowed;
}

struct Include {
  int line = 0;
  bool quoted = false;
  std::string what;
};

std::vector<Include> IncludesOf(const SourceFile& file) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> includes;
  int number = 0;
  for (const std::string& line : Lines(file.text)) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) {
      includes.push_back({number, match[1] == "\"", match[2]});
    }
  }
  return includes;
}

std::string FolderOf(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

// Header of an operating system rather than of C++ or of a portable library.
bool IsOsHeader(const Include& include) {
  static const std::regex kOs(
      R"re(^(sys|linux|arpa|netinet|net|systemd|asm)/|^(windows|winsock2|unistd|fcntl|pwd|grp|netdb|signal|poll|dlfcn|cpuid|ifaddrs|utmpx|dirent|termios|syslog)\.h$)re");
  return !include.quoted && std::regex_search(include.what, kOs);
}

TEST(Includes, FollowTheAllowedDirections) {
  for (const SourceFile& file : CppFiles()) {
    const auto rule = Allowed().find(FolderOf(file.path));
    ASSERT_NE(rule, Allowed().end()) << file.path << " lies in a folder that may hold no C++";
    for (const Include& include : IncludesOf(file)) {
      if (!include.quoted) continue;
      const std::string folder = FolderOf(include.what);
      const bool check = file.path == "agent/check_main.cc" && folder == "policy";
      EXPECT_TRUE(check || rule->second.contains(folder))
          << file.path << ":" << include.line << " may not include " << include.what;
    }
  }
}

// Probes are judged on every operating system, and what crosses the wire compiles on each.
TEST(Includes, KeepOperatingSystemsInTheirFiles) {
  static const std::regex kOsFile(R"re(_(posix|linux|windows)(_test)?\.(cc|h)$)re");
  for (const SourceFile& file : CppFiles({"base", "report", "policy", "agent"})) {
    if (std::regex_search(file.path, kOsFile) || IsUnder(file.path, "agent/gather")) continue;
    for (const Include& include : IncludesOf(file)) {
      EXPECT_FALSE(IsOsHeader(include))
          << file.path << ":" << include.line << " includes " << include.what
          << ": move it to a file that ends in _posix, _linux or _windows";
    }
  }
}

TEST(Includes, ProbesSeeEvidenceAndTheReportAlone) {
  for (const SourceFile& file : CppFiles({"agent/probe"})) {
    for (const Include& include : IncludesOf(file)) {
      if (!include.quoted) continue;
      EXPECT_TRUE(include.what.starts_with("agent/probe/") || include.what == "agent/evidence.h" ||
                  FolderOf(include.what) != "agent")
          << file.path << ":" << include.line << " is a probe and may not see " << include.what;
    }
  }
}

TEST(Includes, BranchOnNoOperatingSystem) {
  static const std::regex kBranch(
      R"re(^\s*#\s*(if|ifdef|ifndef|elif)\b.*\b(_WIN32|_WIN64|WIN32|__linux__|__unix__|__APPLE__)\b)re");
  for (const SourceFile& file : CppFiles()) {
    int number = 0;
    for (const std::string& line : Lines(TakeApart(file.text).code)) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, kBranch))
          << file.path << ":" << number << ": the difference belongs in a file suffix";
    }
  }
}

}  // namespace
}  // namespace vdiwatch::shape
