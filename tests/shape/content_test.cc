// What no file of the tree may say.
#include <gtest/gtest.h>

#include <regex>

#include "tests/shape/tree.h"

namespace vdiwatch::shape {
namespace {

void ExpectNowhere(const std::regex& pattern, const std::string& why) {
  for (const SourceFile& file : SourceTree()) {
    int number = 0;
    for (const std::string& line : Lines(file.text)) {
      ++number;
      std::smatch match;
      // Minified or generated lines are long; a regular expression would take forever on them.
      if (line.size() > 4000) continue;
      EXPECT_FALSE(std::regex_search(line, match, pattern))
          << file.path << ":" << number << " says " << match.str() << ": " << why;
    }
  }
}

// The patterns are written in two parts so that this file does not hold what it forbids.
TEST(Content, LeavesNothingForLater) {
  ExpectNowhere(std::regex("\\b(TO"
                           "DO|FIX"
                           "ME|X"
                           "XX)\\b"),
                "do it, or open an issue");
}

TEST(Content, DisablesNoTest) {
  ExpectNowhere(std::regex("DIS"
                           "ABLED_|GTEST_"
                           "SKIP|\\b(it|test|describe)\\.sk"
                           "ip\\("),
                "a test that does not run tells nothing");
}

TEST(Content, NamesNoRegistryHost) {
  ExpectNowhere(std::regex("registry\\.npm"
                           "js\\.org|registry\\.yarn"
                           "pkg\\.com|py"
                           "pi\\.org|"
                           "pythonhosted"
                           "\\.org|deb\\.debian"
                           "\\.org|snapshot\\.debian"
                           "\\.org|"
                           "center\\d?\\.conan"
                           "\\.io"),
                "package managers know where they get things");
}

TEST(Content, NamesNoPathOfThisMachine) {
  const std::string here = std::regex_replace(std::string(VDIWATCH_SOURCE_DIR),
                                              std::regex(R"re([.[{}()\\*+?|^$])re"), "\\$&");
  ExpectNowhere(std::regex("(^|[^\\w/.])" + here +
                           "(/|\\b)|(^|[\\s\"'=:])/ro"
                           "ot/|/wo"
                           "rk/ma"
                           "in\\b"),
                "the tree may lie anywhere");
}

}  // namespace
}  // namespace vdiwatch::shape
