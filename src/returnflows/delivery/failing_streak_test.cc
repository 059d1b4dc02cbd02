#include "returnflows/delivery/failing_streak.h"

#include <chrono>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr EndpointId kEndpoint{7};
constexpr Timestamp kStart{1'770'000'000'000ms};

TEST(FailingStreak, LastsTooLongAfterFiveDaysOfFailures) {
  FailingStreak streak(kEndpoint, std::nullopt);
  Timestamp now = kStart;
  for (; now < kStart + days{5}; now += 4h) {
    streak.record(false, now);
    EXPECT_FALSE(streak.lasts_too_long(now));
  }
  EXPECT_FALSE(streak.lasts_too_long(kStart + days{5} - 1ms));
  EXPECT_TRUE(streak.lasts_too_long(kStart + days{5}));
  EXPECT_NE(streak.reason().find("2026-02-02T02:40:00"), std::string::npos) << streak.reason();
}

TEST(FailingStreak, EndsWithOneSuccess) {
  FailingStreak streak(kEndpoint, std::nullopt);
  streak.record(false, kStart);
  streak.record(true, kStart + days{4});
  streak.record(false, kStart + days{4} + 1h);
  EXPECT_FALSE(streak.lasts_too_long(kStart + days{6}));
  EXPECT_TRUE(streak.lasts_too_long(kStart + days{9} + 1h));
}

TEST(FailingStreak, CostsNoWriteWhileAllGoesWellOrFailuresAreFew) {
  FailingStreak streak(kEndpoint, std::nullopt);
  for (Timestamp now = kStart; now < kStart + 1h; now += 1min) {
    EXPECT_FALSE(streak.record(true, now));
    EXPECT_FALSE(streak.record(false, now + 1s));
  }
}

TEST(FailingStreak, IsWrittenOnceWhenItLastsAndOnceAtItsEnd) {
  FailingStreak streak(kEndpoint, std::nullopt);
  EXPECT_FALSE(streak.record(false, kStart));
  EXPECT_FALSE(streak.record(false, kStart + 9min));
  const auto begun = streak.record(false, kStart + 10min);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->endpoint, kEndpoint);
  EXPECT_EQ(begun->since, kStart);
  EXPECT_FALSE(streak.record(false, kStart + 1h));
  const auto ended = streak.record(true, kStart + 2h);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->since, std::nullopt);
  EXPECT_FALSE(streak.record(true, kStart + 3h));
}

TEST(FailingStreak, GoesOnAfterARestart) {
  FailingStreak streak(kEndpoint, kStart);
  EXPECT_FALSE(streak.record(false, kStart + days{4}));
  EXPECT_FALSE(streak.lasts_too_long(kStart + days{4}));
  EXPECT_TRUE(streak.lasts_too_long(kStart + days{5}));
  const auto ended = streak.record(true, kStart + days{4});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->since, std::nullopt);
}

TEST(FailingStreak, StartsAnewAfterReset) {
  FailingStreak streak(kEndpoint, kStart);
  streak.reset();
  EXPECT_FALSE(streak.lasts_too_long(kStart + days{10}));
  EXPECT_FALSE(streak.record(false, kStart + days{10}));
  const auto begun = streak.record(false, kStart + days{10} + 10min);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->since, kStart + days{10});
}

}  // namespace
}  // namespace returnflows
