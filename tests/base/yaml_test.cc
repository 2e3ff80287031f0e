#include "base/yaml.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

namespace vdiwatch {
namespace {

std::string Repeat(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

std::string Numbered(std::string_view before, std::string_view after, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    text += std::string(before) + std::to_string(i) + std::string(after);
  }
  return text;
}

// What this process used, whatever else the machine does.
// Not by std::clock(), which counts the time of day on Windows.
double CpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Every diagnostic, one a line.
std::string Mistakes(std::string_view text, YamlLimits limits = {}) {
  std::vector<Diagnostic> diagnostics;
  ParseYaml(text, "f.yaml", diagnostics, limits);
  std::string lines;
  for (const auto& diagnostic : diagnostics) lines += ToString(diagnostic) + "\n";
  return lines;
}

Yaml Document(std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  auto documents = ParseYaml(text, "f.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << ToString(diagnostics.front());
  EXPECT_EQ(documents.size(), 1u);
  return documents.empty() ? Yaml() : documents.front();
}

TEST(Yaml, KeepsTextOrderAndPlaces) {
  Yaml root = Document("b: 4.40\na: [x, 'true', ~]\nc:\n  d: \"é\"\n");
  ASSERT_EQ(root.kind, Yaml::Kind::kMap);
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[0].key.text, "b");
  EXPECT_EQ(root.Find("b")->text, "4.40");  // not the number 4.4
  EXPECT_FALSE(root.Find("b")->quoted);
  const Yaml& list = *root.Find("a");
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_TRUE(list.items[1].quoted);
  EXPECT_EQ(list.items[2].kind, Yaml::Kind::kNull);
  EXPECT_EQ(list.items[1].mark.line, 2);
  EXPECT_EQ(list.items[1].mark.column, 8);
  EXPECT_EQ(root.Find("c")->Find("d")->text, "é");
  EXPECT_EQ(root.Find("nothing"), nullptr);
}

TEST(Yaml, AnEmptyValueStandsWhereItsKeyStands) {
  Yaml root = Document("a:\n\n\nb: 1\n");
  EXPECT_EQ(root.Find("a")->kind, Yaml::Kind::kNull);
  EXPECT_EQ(root.Find("a")->mark.line, 1);
}

TEST(Yaml, ReadsSeveralDocumentsAndAByteOrderMark) {
  std::vector<Diagnostic> diagnostics;
  auto documents = ParseYaml(
      "\xEF\xBB\xBF"
      "a: 'x'\n---\nb: 2\n",
      "f", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_EQ(documents.size(), 2u);
  EXPECT_EQ(documents[1].Find("b")->mark.line, 3);
}

TEST(Yaml, AnEmptyFileHoldsNoDocument) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_TRUE(ParseYaml("# nothing here\n", "f", diagnostics).empty());
  EXPECT_TRUE(diagnostics.empty());
}

TEST(Yaml, RefusesWhatHidesMeaningWithEveryPlace) {
  EXPECT_EQ(Mistakes("a: &x 1\nb: *x\nc: !t 2\n<<: {d: 1}\na: 3\n? [k]\n: v\n"),
            "f.yaml:1:4: anchors (&name) are not allowed; write the value out\n"
            "f.yaml:2:4: aliases (*name) are not allowed; write the value out\n"
            "f.yaml:3:4: tags (!name) are not allowed; leave it out\n"
            "f.yaml:4:1: merge keys (<<) are not allowed; write the values out\n"
            "f.yaml:5:1: duplicate key 'a'\n"
            "f.yaml:6:3: a key must be plain text\n");
}

TEST(Yaml, SaysWhereTheSyntaxBreaks) {
  EXPECT_EQ(Mistakes("a: 1\nb: c: d\n"),
            "f.yaml:2:5: a second ':' in one value; put it in quotes\n");
  EXPECT_EQ(Mistakes("a:\n  - x\n y: 1\n"),
            "f.yaml:3:2: this does not continue what is above it; check the indentation and for "
            "stray text\n");
  EXPECT_EQ(Mistakes("a: @x\n"), "f.yaml:1:4: this character cannot begin a value\n");
}

TEST(Yaml, SaysWhatIsWrongAsOneWouldPutItRight) {
  EXPECT_EQ(Mistakes("a:\n\tb: 1\n"), "f.yaml:2:3: indent with blanks: YAML takes no tabs there\n");
  EXPECT_EQ(Mistakes("rules:\n\t- id: a\n"),
            "f.yaml:2:2: indent with blanks: YAML takes no tabs there\n");
  EXPECT_EQ(Mistakes("a: {b: 1}}\n"), "f.yaml:1:10: a '}' or ']' that was never opened\n");
  EXPECT_EQ(Mistakes("a: {b: 1\n"), "f.yaml:2:1: a '{' that is never closed\n");
  EXPECT_EQ(Mistakes("a: [b\n"), "f.yaml:2:1: a '[' that is never closed\n");
  EXPECT_EQ(
      Mistakes("a: *\n"),
      "f.yaml:1:5: aliases (*name) are not allowed; put text that begins with '*' in quotes\n");
  EXPECT_EQ(
      Mistakes("a: *nope\n"),
      "f.yaml:1:4: aliases (*name) are not allowed; put text that begins with '*' in quotes\n");
  EXPECT_EQ(
      Mistakes("a: &\n"),
      "f.yaml:1:5: anchors (&name) are not allowed; put text that begins with '&' in quotes\n");
  EXPECT_EQ(Mistakes("a: \"\\d+\"\n"),
            "f.yaml:1:7: in double quotes a '\\' begins an escape; write it twice, or use single "
            "quotes\n");
  EXPECT_EQ(Mistakes(std::string(1500, 'k') + ": 1\n"),
            "f.yaml:1:1501: a key of over 1024 characters\n");
}

TEST(Yaml, LineEndsTabsAndMarkersOfOtherEditorsAreRead) {
  Yaml windows = Document("a: x\r\nb:\r\n  - 'y'\r\n  - |\r\n    z\r\n");
  EXPECT_EQ(windows.Find("a")->text, "x");
  EXPECT_EQ(windows.Find("b")->items.at(0).text, "y");
  EXPECT_EQ(windows.Find("b")->items.at(1).text, "z\n");
  EXPECT_EQ(Document("a:\tx\n").Find("a")->text, "x");
  EXPECT_EQ(Document("%YAML 1.2\n---\na: x\n...\n").Find("a")->text, "x");
  EXPECT_EQ(Mistakes("\xEF\xBB\xBF"), "");
}

// YAML 1.1 read these as false, 15 and a time; here they stay text for the catalogue to type.
TEST(Yaml, GuessesNoTypes) {
  Yaml root = Document("a: no\nb: 0o17\nc: 2026-01-01\nd: 1_000\n");
  for (const auto& [key, value] : root.entries) EXPECT_EQ(value.kind, Yaml::Kind::kScalar);
  EXPECT_EQ(root.Find("a")->text, "no");
}

// yaml-cpp reads these without a word.
TEST(Yaml, RefusesWhatYamlCppLetsPass) {
  EXPECT_EQ(Mistakes("a: \"abc\n\n"), "f.yaml:1:4: a quote that is never closed\n");
  EXPECT_EQ(Mistakes("a: 'it''s\nb: 1\n"), "f.yaml:1:4: a quote that is never closed\n");
  EXPECT_EQ(Mistakes("a: 'it''s'\nb: \"\\\"\"\n"), "");
  EXPECT_NE(Mistakes("- a\nb: 1\n"), "");
  EXPECT_NE(Mistakes("{a: 1} {b: 2}\n"), "");
}

TEST(Yaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(Mistakes("a: \xFF\n"),
            "f.yaml:1:4: the byte 0xFF is not UTF-8 text; save the file as UTF-8\n");
  EXPECT_EQ(Mistakes(std::string_view("a: \0b\n", 6)), "f.yaml:1:4: a NUL byte: this is no text\n");
  EXPECT_EQ(Mistakes(std::string_view("a\0:\0", 4)),
            "f.yaml:1:1: the file is UTF-16; save it as UTF-8\n");
  EXPECT_EQ(Mistakes(std::string_view("\xFF\xFE"
                                      "a\0",
                                      4)),
            "f.yaml:1:1: the file is UTF-16; save it as UTF-8\n");
}

// A terminal obeys them, wherever the text is printed.
TEST(Yaml, RefusesControlCharactersRawAndEscaped) {
  EXPECT_EQ(Mistakes("a: 1\nb: x\x1B[31m\n"),
            "f.yaml:2:5: the control character U+001B; leave it out\n");
  EXPECT_EQ(Mistakes("a: x\xC2\x9B"
                     "31m\n"),
            "f.yaml:1:5: the control character U+009B; leave it out\n");
  EXPECT_EQ(Mistakes("a: \"x\\x1b]0;t\\a\"\n"),
            "f.yaml:1:4: a value with the control character U+001B\n");
  EXPECT_EQ(Mistakes("a: \"x\\0\"\n"), "f.yaml:1:4: a value with the control character U+0000\n");
  EXPECT_EQ(Mistakes("a: \"x\\ty\\n\"\r\nb: |\r\n  c\r\n  d\r\n"), "");
}

TEST(Yaml, RefusesMoreBracketsAndDocumentsThanAnyoneWrites) {
  EXPECT_EQ(Mistakes("a: " + Repeat("[", 500'000)), "f.yaml:1:260: over 256 open brackets\n");
  EXPECT_EQ(Mistakes("a: " + Repeat("[\n", 250'000)), "f.yaml:257:1: over 256 open brackets\n");
  EXPECT_EQ(Mistakes(Repeat("---\n", 2'000)), "f.yaml:1001:1: over 1000 documents\n");
}

TEST(Yaml, KeepsItsLimits) {
  YamlLimits limits{.max_bytes = 100, .max_scalar_bytes = 5, .max_depth = 2, .max_nodes = 6};
  EXPECT_EQ(Mistakes(Repeat("a", 101), limits), "f.yaml:1:1: the file is over 100 bytes\n");
  EXPECT_EQ(Mistakes("- 123456\n", limits), "f.yaml:1:3: a value of over 5 bytes\n");
  EXPECT_EQ(Mistakes("- - - x\n", limits), "f.yaml:1:5: nested over 2 levels deep\n");
  EXPECT_EQ(Mistakes("[a, b, c, d, e, f]\n", limits), "f.yaml:1:17: over 6 values\n");
  EXPECT_EQ(Mistakes("[a, b, c, d, e]\n", limits), "");
}

TEST(Yaml, AFileOfNothingButMistakesEnds) {
  std::vector<Diagnostic> diagnostics;
  ParseYaml("- &a 1\n" + Repeat("- *a\n", 10'000), "f", diagnostics);
  EXPECT_EQ(diagnostics.size(), 101u);
  EXPECT_EQ(diagnostics.back().mark.line, 100);
}

TEST(Yaml, HostileFilesAreRefusedInMilliseconds) {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    std::string previous(1, static_cast<char>(c - 1));
    laughs += std::string(1, c) + ": &" + c + " [" + Repeat("*" + previous + ", ", 9) + "]\n";
  }
  std::string stairs;
  for (int i = 0; i < 100'000 && stairs.size() < (1u << 20); ++i) {
    stairs += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  }
  const std::string hostile[] = {
      laughs,
      std::string(10 << 20, 'a'),
      "k: " + std::string(1'000'000, 'a'),
      Repeat("[", 100'000),
      Repeat("{a: ", 100'000),
      Repeat("[\n", 100'000),
      Repeat("- ", 100'000),
      Repeat("? ", 100'000),
      stairs,
      Repeat("\"a\" ", 100'000),
      "\"" + Repeat("\n", 500'000),
      "[" + Repeat("a,", 400'000) + "]",
      Repeat("- 'a'\n", 110'000),
      Numbered("k", ": 1\n", 100'000),
      "{" + Numbered("k", ": 1, ", 60'000) + "}",
      std::string(70'000, 'k') + ": 1\n",
      "\"" + std::string(70'000, 'k') + "\": 1\n",
      "a: |\n" + Repeat("  xxxxxxxxxxxxxxxxxxxxxxxx\n", 30'000),
      Repeat("- !t a\n", 100'000),
      Repeat("%YAML 1.2\n", 50'000),
      Repeat("\"\\u0041\" ", 80'000),
  };
  for (const auto& text : hostile) {
    double before = CpuSeconds();
    std::string said = Mistakes(text);
    EXPECT_NE(said, "") << text.substr(0, 40);
    EXPECT_LE(std::ranges::count(said, '\n'), 101) << text.substr(0, 40);
    // Far above what it takes (3 to 400 ms of a debug build; Wine on a busy machine: 3 s), and far
    // below what a square of it would.
    EXPECT_LT(CpuSeconds() - before, 20) << text.substr(0, 40);
  }
}

class YamlMapTest : public testing::Test {
 protected:
  void Parse(std::string_view text) {
    documents_ = ParseYaml(text, "f.yaml", diagnostics_);
    ASSERT_EQ(documents_.size(), 1u);
  }
  YamlMap Map() { return YamlMap(documents_[0], "a rule", "f.yaml", diagnostics_); }
  std::string Said() {
    std::string lines;
    for (const auto& diagnostic : diagnostics_) lines += ToString(diagnostic) + "\n";
    return lines;
  }

  std::vector<Yaml> documents_;
  std::vector<Diagnostic> diagnostics_;
};

TEST_F(YamlMapTest, ReadsEachTypeOrFallsBack) {
  Parse("id: x\non: true\nn: -3\n");
  YamlMap map = Map();
  EXPECT_EQ(map.Text("id"), "x");
  EXPECT_EQ(map.TextOr("title", "none"), "none");
  EXPECT_TRUE(map.BoolOr("on", false));
  EXPECT_TRUE(map.BoolOr("off", true));
  EXPECT_EQ(map.IntegerOr("n", 7), -3);
  EXPECT_EQ(map.IntegerOr("m", 7), 7);
  map.Finish();
  EXPECT_EQ(Said(), "");
}

TEST_F(YamlMapTest, EveryMistakeIsSaidAtItsPlace) {
  Parse("id: []\non: 'true'\nn: 1.5\nsevrity: major\nzzz: 1\n");
  YamlMap map = Map();
  EXPECT_EQ(map.Text("id"), "");
  EXPECT_FALSE(map.BoolOr("on", false));
  EXPECT_EQ(map.IntegerOr("n", 7), 7);
  EXPECT_EQ(map.Required("require"), nullptr);
  EXPECT_EQ(map.TextOr("severity", "major"), "major");
  map.Finish();
  EXPECT_EQ(Said(),
            "f.yaml:1:5: 'id' must be text, and not empty\n"
            "f.yaml:2:5: 'on' must be true or false\n"
            "f.yaml:3:4: 'n' must be a whole number\n"
            "f.yaml:1:1: a rule needs 'require'\n"
            "f.yaml:4:1: unknown key 'sevrity' in a rule; did you mean 'severity'?\n"
            "f.yaml:5:1: unknown key 'zzz' in a rule\n");
}

TEST_F(YamlMapTest, WhatIsNoMapIsSaidOnce) {
  Parse("[a]\n");
  YamlMap map = Map();
  EXPECT_EQ(map.Text("id"), "");
  map.Finish();
  EXPECT_EQ(Said(), "f.yaml:1:1: a rule must be a map of 'key: value'\n");
}

}  // namespace
}  // namespace vdiwatch
