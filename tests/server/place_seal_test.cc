#include "server/place_seal.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace vdiwatch::server {
namespace {

using Place = std::array<std::int64_t, 2>;

class PlaceSealTest : public testing::Test {
 protected:
  const PlaceSeal seal_{std::string(32, 'k')};
};

TEST_F(PlaceSealTest, GivesBackWhatItClosed) {
  for (const Place& place : {Place{0, 0}, Place{1'795'000'000, 7}, Place{-1, 1},
                             Place{std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min()}}) {
    const std::string word = seal_.Close("a", place);
    EXPECT_EQ(
        word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos);
    EXPECT_EQ(word.size(), seal_.Close("a", Place{}).size()) << "its length tells nothing";
    EXPECT_EQ(word, seal_.Close("a", place));
    Place opened{};
    EXPECT_TRUE(seal_.Open("a", word, opened));
    EXPECT_EQ(opened, place);
  }
}

TEST_F(PlaceSealTest, OpensNothingElse) {
  const std::string word = seal_.Close("a", Place{1, 2});
  Place place{};
  EXPECT_FALSE(seal_.Open("b", word, place)) << "another list's";
  std::array<std::int64_t, 3> longer{};
  EXPECT_FALSE(seal_.Open("a", word, longer));
  EXPECT_FALSE(PlaceSeal(std::string(32, 'x')).Open("a", word, place)) << "another key's";
  for (std::size_t i = 0; i < word.size(); ++i) {
    std::string bent = word;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(seal_.Open("a", bent, place)) << i;
  }
  for (const std::string& bad :
       {std::string(), std::string("1.2"), word + "=", word.substr(1), std::string(100'000, 'A')}) {
    EXPECT_FALSE(seal_.Open("a", bad, place)) << bad.substr(0, 100);
  }
}

TEST_F(PlaceSealTest, NamesAreTheSameAndTellNothing) {
  EXPECT_EQ(seal_.NameOf("p12"), seal_.NameOf("p12"));
  EXPECT_NE(seal_.NameOf("p12"), seal_.NameOf("p13"));
  EXPECT_NE(seal_.NameOf("p12"), PlaceSeal(std::string(32, 'x')).NameOf("p12"));
  EXPECT_EQ(seal_.NameOf("p12").size(), 32u);
}

}  // namespace
}  // namespace vdiwatch::server
