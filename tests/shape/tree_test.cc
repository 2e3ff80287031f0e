#include "tests/shape/tree.h"

#include <gtest/gtest.h>

namespace vdiwatch::shape {
namespace {

using Words = std::vector<std::string>;

TEST(Tree, HoldsTheSources) {
  const auto files = CppFiles({"base"});
  EXPECT_GT(files.size(), 8u);
  for (const SourceFile& file : files) EXPECT_TRUE(IsUnder(file.path, "base")) << file.path;
}

TEST(Tree, TakesCodeApart) {
  const CppText apart =
      TakeApart("int a = 1'000;  // \"no\" Helper\nauto s = \"x\\\"y\"; /* z */ b;");
  EXPECT_EQ(apart.strings, Words{"\"x\\\"y\""});
  EXPECT_EQ(apart.code.find("Helper"), std::string::npos);
  EXPECT_NE(apart.code.find("1'000"), std::string::npos);
  EXPECT_NE(apart.code.find(" b;"), std::string::npos);
}

TEST(Tree, TakesRawStringsAndCharactersApart) {
  const CppText apart = TakeApart("f(R\"sql(SELECT \"1\" // x)sql\", '\"', c);");
  ASSERT_EQ(apart.strings.size(), 1u);
  EXPECT_EQ(apart.strings[0], "\"sql(SELECT \"1\" // x)sql\"");
  EXPECT_NE(apart.code.find(", c);"), std::string::npos);
}

TEST(Tree, SplitsNamesIntoWords) {
  EXPECT_EQ(WordsOf("HttpCheckIn_v2"), (Words{"http", "check", "in", "v2"}));
  EXPECT_EQ(WordsOf("HTTPServer"), (Words{"http", "server"}));
  EXPECT_EQ(WordsOf("tests/base/text_test.cc"), (Words{"tests", "base", "text", "test", "cc"}));
}

}  // namespace
}  // namespace vdiwatch::shape
