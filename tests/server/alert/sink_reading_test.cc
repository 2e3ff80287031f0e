#include "server/alert/sink_reading.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace vdiwatch::server::alert {
namespace {

// One sink's mapping, read as alerts.yaml's reader would.
class SinkReadingTest : public ::testing::Test {
 protected:
  static std::filesystem::path NewDirectory() {
    std::string name = ::testing::TempDir() + "vdiwatch-sink-XXXXXX";
    return ::mkdtemp(name.data());
  }
  ~SinkReadingTest() override { std::filesystem::remove_all(directory_); }

  void Keep(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(WriteFile(directory_ / name, bytes, FileMode::kPrivate));
  }
  const Yaml& Parse(std::string_view text) {
    documents_ = ParseYaml(text, "alerts.yaml", diagnostics_);
    return documents_.at(0);
  }
  std::string Lines() const {
    std::string lines;
    for (const Diagnostic& one : diagnostics_) lines += ToString(one) + "\n";
    return lines;
  }

  const std::filesystem::path directory_ = NewDirectory();
  std::vector<Diagnostic> diagnostics_;
  ManualClock clock_{FromUnix(1'800'000'000)};
  SinkReading reading_{"alerts.yaml", directory_, diagnostics_, "", clock_};
  std::vector<Yaml> documents_;
};

TEST_F(SinkReadingTest, ReadsEveryKindOfMember) {
  Keep("one", "s3cret\n");
  Keep("two", "other");
  YamlMap map = reading_.Map(Parse("{key_file: one, key_files: [one, two], ca_file: x/../ca.pem, "
                                   "to: a@example, cc: [b@example, c@example], every: 15m}"),
                             "smtp");
  EXPECT_EQ(reading_.Secret(map, "key_file"), "s3cret");
  EXPECT_EQ(reading_.Secrets(map, "key_files"), (std::vector<std::string>{"s3cret", "other"}));
  EXPECT_EQ(reading_.Path(map, "ca_file"), directory_ / "ca.pem");
  EXPECT_EQ(reading_.Texts(map, "to"), (std::vector<std::string>{"a@example"}));
  EXPECT_EQ(reading_.Texts(map, "cc").size(), 2u);
  EXPECT_EQ(reading_.Span(map, "every", Seconds(1)), Seconds(900));
  EXPECT_EQ(reading_.Span(map, "other", Seconds(1)), Seconds(1));
  EXPECT_EQ(reading_.Secret(map, "none"), "");
  map.Finish();
  EXPECT_EQ(Lines(), "");
}

TEST_F(SinkReadingTest, SaysWhatIsWrongAndKeepsTheSecret) {
  Keep("empty", "\n");
  Keep("lines", "hunter2\nhunter3\n");
  YamlMap map = reading_.Map(
      Parse("{a_file: empty, b_file: lines, c_file: gone, d_files: [lines], every: soon, to: []}"),
      "smtp");
  EXPECT_EQ(reading_.Secret(map, "a_file"), "");
  EXPECT_EQ(reading_.Secret(map, "b_file"), "");
  EXPECT_EQ(reading_.Secret(map, "c_file"), "");
  EXPECT_TRUE(reading_.Secrets(map, "d_files").empty());
  EXPECT_EQ(reading_.Span(map, "every", Seconds(7)), Seconds(7));
  EXPECT_TRUE(reading_.Texts(map, "to").empty());
  ASSERT_EQ(diagnostics_.size(), 6u) << Lines();
  EXPECT_TRUE(Lines().starts_with("alerts.yaml:1:10: a_file: ")) << Lines();
  EXPECT_NE(Lines().find("holds no secret"), std::string::npos);
  EXPECT_NE(Lines().find("one line of text"), std::string::npos);
  EXPECT_NE(Lines().find("/gone"), std::string::npos);
  EXPECT_EQ(Lines().find("hunter"), std::string::npos) << Lines();
}

}  // namespace
}  // namespace vdiwatch::server::alert
