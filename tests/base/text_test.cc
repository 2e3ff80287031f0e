#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace vdiwatch {
namespace {

TEST(Versions, CompareNumberByNumber) {
  EXPECT_EQ(CompareVersions("4.42", "4.100"), std::strong_ordering::less);
  EXPECT_EQ(CompareVersions("4.42", "4.42.0"), std::strong_ordering::equal);
  EXPECT_EQ(CompareVersions("10.0.22631", "10.0.19045"), std::strong_ordering::greater);
  EXPECT_EQ(CompareVersions("4.42.0-rc1", "4.42.0"), std::strong_ordering::equal);
  EXPECT_EQ(CompareVersions("007", "7"), std::strong_ordering::equal);
  EXPECT_EQ(CompareVersions("99999999999999999999", "100000000000000000000"),
            std::strong_ordering::less);
}

TEST(Versions, KnowWhatIsNone) {
  for (const char* text : {"", "v4", ".1", "1.", "1..2", "four", "1x"}) {
    EXPECT_FALSE(IsVersion(text)) << text;
    EXPECT_FALSE(CompareVersions(text, "1")) << text;
  }
}

TEST(Integers, AreReadWholeOrNotAtAll) {
  EXPECT_EQ(ParseInteger("42"), 42);
  EXPECT_EQ(ParseInteger("-1"), -1);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "9223372036854775808"}) {
    EXPECT_FALSE(ParseInteger(text)) << text;
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  constexpr std::array<std::string_view, 3> keys = {"severity", "section", "require"};
  EXPECT_EQ(Nearest("sevrity", keys), "severity");
  EXPECT_EQ(Nearest("requires", keys), "require");
  EXPECT_EQ(Nearest("colour", keys), std::nullopt);
}

TEST(Utf8, IsChecked) {
  EXPECT_TRUE(IsUtf8("Größe € 😀"));
  for (const char* text : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
  EXPECT_FALSE(IsUtf8(std::string_view("a\0b", 3)));
}

TEST(Printable, FitsOneLine) {
  EXPECT_EQ(Printable("a\nb\x1b[0m"), "a?b?[0m");
  EXPECT_EQ(Printable("ééé", 3), "é…");
  EXPECT_EQ(Printable("a\xC2\x9B"
                      "31m\xC2\xA0"),
            "a?31m\xC2\xA0");
  EXPECT_EQ(Printable("\xE2\x80\xAEnif\xE2\x80\x8B \xEF\xBB\xBF\xC2\xAD"), "?nif? ??")
      << "nobody sees them";
  EXPECT_EQ(Printable("\xEF\xBF\xBE\xEF\xBF\xBF\xED\xA0\x80 \xEF\xBF\xBD"), "??? \xEF\xBF\xBD")
      << "no XML may hold them";
  EXPECT_EQ(Printable("\xE2\x80\x8D\xE2\x80\xA6\xE2\x82\xAC"),
            "\xE2\x80\x8D\xE2\x80\xA6\xE2\x82\xAC");
}

TEST(Text, SplitsTrimsAndJoins) {
  EXPECT_EQ(Split("a,,b", ',').size(), 3u);
  EXPECT_EQ(Trim(" \t x y \n"), "x y");
  std::vector<std::string> parts = {"a", "a", "b"};
  EXPECT_EQ(Join(parts, ", "), "a, a, b");
  EXPECT_TRUE(EqualsIgnoreCase("DESKTOP-1", "desktop-1"));
}

}  // namespace
}  // namespace vdiwatch
