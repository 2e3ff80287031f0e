// Names that say nothing are banned (DESIGN §9).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "tests/shape/tree.h"

namespace vdiwatch::shape {
namespace {

using Names = std::set<std::string, std::less<>>;

// Nouns of the world outside, not ours to name.
const Names& RealNouns() {
  static const Names kNouns = {"common_name",
                               "logical_processors",
                               "LogicalProcessors",
                               "NID_commonName",
                               "OpenSCManagerW",  // Windows' own, as are the next ones
                               "GetActiveProcessorCount",
                               "IsProcessorFeaturePresent"};
  return kNouns;
}

bool IsBanned(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kBanned = {
      "common", "util",    "utils",    "helper",    "helpers",
      "misc",   "manager", "managers", "processor", "processors"};
  return std::ranges::find(kBanned, word) != kBanned.end();
}

bool SaysNothing(const std::string& name) {
  return !RealNouns().contains(name) && std::ranges::any_of(WordsOf(name), IsBanned);
}

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// What the code names: its types and namespaces, and whatever is declared, defined or called as a
// function.
Names NamedIn(std::string_view code) {
  static const Names kOpens = {"class", "struct", "enum", "namespace", "using", "concept"};
  Names names;
  std::string_view before;
  for (std::size_t at = 0; at < code.size();) {
    if (!IsWordChar(code[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && IsWordChar(code[end])) ++end;
    const std::string_view word = code.substr(at, end - at);
    if (kOpens.contains(before) || (end < code.size() && code[end] == '(')) names.emplace(word);
    before = word;
    at = end;
  }
  return names;
}

TEST(Names, OfFilesAndFoldersSaySomething) {
  for (const SourceFile& file : SourceTree()) {
    EXPECT_FALSE(SaysNothing(file.path)) << file.path;
  }
}

TEST(Names, OfTypesNamespacesAndFunctionsSaySomething) {
  for (const SourceFile& file : CppFiles()) {
    for (const std::string& name : NamedIn(TakeApart(file.text).code)) {
      if (name == "PQsetNoticeProcessor") continue;  // libpq's own
      EXPECT_FALSE(SaysNothing(name)) << file.path << " names something " << name;
    }
  }
}

TEST(Names, AreSeenWhereTheyAreGiven) {
  const Names names = NamedIn("namespace a {\nclass FooBar {\n int Count(int x) const;\n};\n}");
  EXPECT_TRUE(names.contains("FooBar"));
  EXPECT_TRUE(names.contains("Count"));
  EXPECT_TRUE(SaysNothing("HttpHelper"));
  EXPECT_FALSE(SaysNothing("utility"));
}

}  // namespace
}  // namespace vdiwatch::shape
