#include "server/metrics_text.h"

#include <gtest/gtest.h>

namespace vdiwatch::server {
namespace {

TEST(MetricsTextTest, WritesFamiliesWithTheirSamples) {
  MetricsText text;
  text.Begin("a_total", MetricsText::Type::kCounter, "How many.");
  text.Add({}, std::int64_t{3});
  text.Begin("b", MetricsText::Type::kGauge, "How much.");
  text.Add({{"pool", "a \"b\" \\ c\nd"}, {"grade", "unknown"}}, 0.5);
  text.Add({{"pool", "x"}}, FromUnix(1'795'000'000));
  EXPECT_EQ(text.text(), R"(# HELP a_total How many.
# TYPE a_total counter
a_total 3
# HELP b How much.
# TYPE b gauge
b{pool="a \"b\" \\ c\nd",grade="unknown"} 0.5
b{pool="x"} 1795000000
)");
}

}  // namespace
}  // namespace vdiwatch::server
