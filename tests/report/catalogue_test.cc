#include "report/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vdiwatch {
namespace {

TEST(Catalogue, KeysAreUniqueAndWellFormed) {
  std::set<std::string_view> keys;
  for (const auto& spec : Catalogue()) {
    EXPECT_TRUE(keys.insert(spec.key).second) << spec.key;
    EXPECT_EQ(spec.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."),
              std::string_view::npos)
        << spec.key;
    EXPECT_NE(spec.key.find('.'), std::string_view::npos) << spec.key;
  }
}

TEST(Catalogue, SentencesAreSentences) {
  for (const auto& spec : Catalogue()) {
    ASSERT_FALSE(spec.sentence.empty()) << spec.key;
    EXPECT_EQ(spec.sentence.back(), '.') << spec.key;
  }
}

TEST(Catalogue, OnlyEnumerationsListValues) {
  for (const auto& spec : Catalogue()) {
    EXPECT_EQ(spec.type == FactType::kEnum, !spec.values.empty()) << spec.key;
    for (std::string_view value : spec.reserved) {
      EXPECT_NE(std::ranges::find(spec.values, value), spec.values.end()) << value;
    }
  }
}

TEST(Catalogue, FindsAndSuggests) {
  ASSERT_NE(FindFact("platform.kind"), nullptr);
  EXPECT_EQ(FindFact("platform.knid"), nullptr);
  EXPECT_EQ(NearestFactKey("platform.knid"), "platform.kind");
}

}  // namespace
}  // namespace vdiwatch
