#include "bench/latency_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows::bench {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, HasNoPercentileWithoutValues) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds{0});
}

TEST(LatencyHistogram, KnowsEveryPercentileToWithinOnePercent) {
  LatencyHistogram histogram;
  for (std::int64_t value = 1; value <= 1'000'000; ++value) {
    histogram.record(nanoseconds{value});
  }
  for (const double share : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1'000'000;
    EXPECT_NEAR(static_cast<double>(histogram.percentile(share).count()), exact, exact / 100)
        << share;
  }
  EXPECT_EQ(histogram.percentile(1), nanoseconds{1'000'000});
}

TEST(LatencyHistogram, TakesWhatLiesOutsideItsRange) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds{-5});
  histogram.record(std::chrono::hours{24});
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds{0});
  EXPECT_EQ(histogram.longest(), std::chrono::hours{24});
}

TEST(LatencyHistogram, ForgetsWhenCleared) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds{7});
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.longest(), nanoseconds{0});
}

TEST(LatencyHistogram, WritesMicroseconds) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::microseconds{3});
  EXPECT_THAT(histogram.json(), testing::HasSubstr(R"("count":1,"p50_us":3,)"));
}

}  // namespace
}  // namespace returnflows::bench
