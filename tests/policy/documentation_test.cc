// The examples of docs/policy-language.md are what they say they are.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "policy/evaluate.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

struct Block {
  std::string kind;  // what stands behind the opening fence
  std::string text;
};

std::vector<Block> Blocks(std::string_view page) {
  std::vector<Block> blocks;
  bool inside = false;
  for (std::string_view line : Split(page, '\n')) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({std::string(line.substr(3)), ""});
    } else if (inside) {
      blocks.back().text += std::string(line) + "\n";
    }
  }
  return blocks;
}

TEST(Documentation, ItsExamplesAreTrue) {
  auto page = ReadFile(VDIWATCH_SOURCE_DIR "/docs/policy-language.md", 1 << 20);
  ASSERT_TRUE(page);
  auto blocks = Blocks(*page);
  int good = 0, wrong = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    PolicyFile file{"example.yaml", blocks[i].text};
    if (blocks[i].kind == "yaml") {
      ++good;
      auto loaded = LoadPolicy({BuiltInPack(), file});
      for (const auto& finding : LintPolicy(loaded, *ParseTime("2026-11-22T12:00:00Z"))) {
        ADD_FAILURE() << ToString(finding);
      }
      for (const auto& failure : RunRuleTests(loaded.set)) ADD_FAILURE() << ToString(failure);
      for (const auto& found : LintTests(loaded.set)) ADD_FAILURE() << ToString(found);
    } else if (blocks[i].kind == "yaml wrong") {
      ++wrong;
      ASSERT_LT(i + 1, blocks.size());
      EXPECT_EQ(MistakesIn({file}), blocks[i + 1].text);
    }
  }
  EXPECT_EQ(good, 6);
  EXPECT_EQ(wrong, 1);
}

}  // namespace
}  // namespace vdiwatch::policy
