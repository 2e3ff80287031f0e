#include "agent/news.h"

#include <gtest/gtest.h>

namespace vdiwatch::agent {
namespace {

constexpr Time kStart{Seconds(1'790'000'000)};

TEST(News, IsWhatWasNotTheLastThingSaid) {
  News news;
  EXPECT_TRUE(news.IsNew("the collector cannot be used; next try in 5 s", kStart));
  EXPECT_FALSE(news.IsNew("the collector cannot be used; next try in 11 s", kStart + Seconds(5)));
  EXPECT_TRUE(news.IsNew("checked in: compliant in pool a, next in 900 s", kStart + Seconds(16)));
  EXPECT_FALSE(news.IsNew("checked in: compliant in pool a, next in 903 s", kStart + Seconds(900)));
  EXPECT_TRUE(news.IsNew("the collector cannot be used; next try in 5 s", kStart + Seconds(1800)));
}

TEST(News, IsSaidAgainAfterADay) {
  News news;
  EXPECT_TRUE(news.IsNew("a", kStart));
  EXPECT_FALSE(news.IsNew("a", kStart + std::chrono::hours(23)));
  EXPECT_TRUE(news.IsNew("a", kStart + std::chrono::hours(24)));
}

TEST(News, DoesNotFloodTheLog) {
  News news;
  int said = 0;
  for (int i = 0; i < 1000; ++i) said += news.IsNew(i % 2 ? "a" : "b", kStart + Seconds(i));
  EXPECT_EQ(said, News::kMostADay);
  EXPECT_TRUE(news.IsNew("c", kStart + std::chrono::hours(25)));
}

}  // namespace
}  // namespace vdiwatch::agent
