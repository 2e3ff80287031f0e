#include "collector/rate_limit.h"

#include <gtest/gtest.h>

namespace vdiwatch::collector {
namespace {

class RateLimitTest : public testing::Test {
 protected:
  ManualClock clock_{FromUnix(1'795'000'000)};
  RateLimiter limiter_{{3, Seconds(10), 2}, clock_};
};

TEST_F(RateLimitTest, ABurstAndThenOneEach) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter_.Take("a"), Seconds(0));
  EXPECT_EQ(limiter_.Take("a"), Seconds(10));
  clock_.Advance(Seconds(4));
  EXPECT_EQ(limiter_.Take("a"), Seconds(6)) << "a refusal costs nothing";
  clock_.Advance(Seconds(6));
  EXPECT_EQ(limiter_.Take("a"), Seconds(0));
  EXPECT_EQ(limiter_.Take("a"), Seconds(10));
}

TEST_F(RateLimitTest, ManyASecond) {
  RateLimiter fast({.burst = 4, .one_every = std::chrono::milliseconds(250), .max_keys = 2},
                   clock_);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fast.Take("a"), Seconds(0));
  EXPECT_EQ(fast.Take("a"), Seconds(1)) << "rounded up";
  clock_.Advance(Seconds(1));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fast.Take("a"), Seconds(0));
  EXPECT_EQ(fast.Take("a"), Seconds(1));
}

TEST_F(RateLimitTest, KeysDoNotShare) {
  for (int i = 0; i < 3; ++i) limiter_.Take("a");
  EXPECT_EQ(limiter_.Take("b"), Seconds(0));
}

TEST_F(RateLimitTest, ForgettingGivesTheBurstBack) {
  for (int i = 0; i < 3; ++i) limiter_.Take("a");
  limiter_.Forget("a");
  EXPECT_EQ(limiter_.Take("a"), Seconds(0));
}

TEST_F(RateLimitTest, TheLongestUnusedKeyMakesRoom) {
  for (int i = 0; i < 3; ++i) limiter_.Take("a");
  limiter_.Take("b");
  EXPECT_EQ(limiter_.Take("a"), Seconds(10));  // used after b
  limiter_.Take("c");                          // b goes
  EXPECT_EQ(limiter_.Take("a"), Seconds(10));
}

}  // namespace
}  // namespace vdiwatch::collector
