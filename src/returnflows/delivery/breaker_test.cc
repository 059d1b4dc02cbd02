#include "returnflows/delivery/breaker.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{1'770'000'000'000ms};
const std::vector<std::chrono::seconds> kDelays{5s, 30s, 120s};

Verdict delivered() {
  return {.delivered = true};
}

Verdict refused() {
  return {};
}

Verdict overloaded() {
  return {.overloaded = true};
}

Verdict held(std::chrono::seconds delay) {
  return {.overloaded = true, .hold_endpoint = delay};
}

// Simulated time: attempts start now and end `kTook` later, unless told otherwise.
class BreakerTest : public testing::Test {
 protected:
  static constexpr auto kTook = 100ms;

  void record(const Verdict& verdict) { record_started_at(now_, verdict); }

  void record_started_at(Timestamp started_at, const Verdict& verdict) {
    now_ += kTook;
    breaker_.record(verdict, {.started_at = started_at, .ended_at = now_, .delays = kDelays});
  }

  void record_times(int count, const Verdict& verdict) {
    for (int i = 0; i < count; ++i)
      record(verdict);
  }

  void trip() { record_times(Breaker::kFailuresToOpen, refused()); }

  void wait_for_probe() { now_ = breaker_.next_probe_at().value(); }

  std::size_t allowed() const { return breaker_.allowed_in_flight(now_); }

  Breaker breaker_{64};
  Timestamp now_ = kStart;
};

TEST_F(BreakerTest, GivesTheWholeCapToAnEndpointThatIsFine) {
  EXPECT_EQ(allowed(), 64U);
  record_times(100, delivered());
  EXPECT_EQ(allowed(), 64U);
  EXPECT_FALSE(breaker_.open());
  EXPECT_EQ(breaker_.next_probe_at(), std::nullopt);
  EXPECT_EQ(breaker_.sends_again_at(now_), std::nullopt);
}

TEST_F(BreakerTest, OpensAfterTenFailuresInARow) {
  record_times(9, refused());
  EXPECT_FALSE(breaker_.open());
  EXPECT_EQ(allowed(), 64U);
  record(refused());
  EXPECT_TRUE(breaker_.open());
  EXPECT_EQ(allowed(), 0U);
}

TEST_F(BreakerTest, StaysClosedWhileASuccessComesInBetween) {
  for (int i = 0; i < 50; ++i) {
    record_times(9, refused());
    record(delivered());
  }
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, ProbesAtThePaceOfTheSchedule) {
  trip();
  for (const auto delay : {5s, 30s, 120s, 120s, 120s}) {
    EXPECT_EQ(breaker_.next_probe_at(), now_ + delay);
    EXPECT_EQ(breaker_.sends_again_at(now_), now_ + delay);
    EXPECT_EQ(breaker_.allowed_in_flight(now_ + delay - 1ms), 0U);
    wait_for_probe();
    EXPECT_EQ(allowed(), 1U);
    EXPECT_EQ(breaker_.sends_again_at(now_), std::nullopt);
    record(refused());
    EXPECT_TRUE(breaker_.open());
  }
}

TEST_F(BreakerTest, SpreadsProbesByTheJitterOfTheSchedule) {
  for (int i = 0; i < Breaker::kFailuresToOpen; ++i) {
    breaker_.record(refused(),
                    {.started_at = now_, .ended_at = now_, .delays = kDelays, .unit = 0.0});
  }
  EXPECT_EQ(breaker_.next_probe_at(), now_ + 4s);
}

TEST_F(BreakerTest, ProbesEveryMinuteWhenTheEndpointHasNoSchedule) {
  for (int i = 0; i < Breaker::kFailuresToOpen; ++i) {
    breaker_.record(refused(), {.started_at = now_, .ended_at = now_});
  }
  EXPECT_EQ(breaker_.next_probe_at(), now_ + 60s);
}

TEST_F(BreakerTest, IgnoresFailuresOfAttemptsThatStartedBeforeTheProbe) {
  trip();
  const auto probe_at = breaker_.next_probe_at();
  for (int i = 0; i < 100; ++i)
    record_started_at(kStart, refused());
  EXPECT_GT(now_, *probe_at);
  EXPECT_EQ(breaker_.next_probe_at(), probe_at);
}

TEST_F(BreakerTest, StartsSlowlyAfterAProbeAndDoublesWithEachSuccess) {
  trip();
  wait_for_probe();
  record(delivered());
  EXPECT_FALSE(breaker_.open());
  for (const std::size_t expected : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 64U}) {
    EXPECT_EQ(allowed(), expected);
    record(delivered());
  }
}

TEST_F(BreakerTest, IsWhatItWasBeforeOnceTheSlowStartIsOver) {
  trip();
  wait_for_probe();
  record_times(7, delivered());
  ASSERT_EQ(allowed(), 64U);
  record_times(9, refused());
  EXPECT_FALSE(breaker_.open());
}

TEST_F(BreakerTest, OpensAgainAfterThreeFailuresInTheSlowStart) {
  trip();
  wait_for_probe();
  record(refused());
  wait_for_probe();
  record(delivered());
  record_times(2, refused());
  EXPECT_FALSE(breaker_.open());
  record(refused());
  EXPECT_TRUE(breaker_.open());
  EXPECT_EQ(breaker_.next_probe_at(), now_ + 5s);  // The pace starts anew.
}

TEST_F(BreakerTest, GetsThroughTheSlowStartThoughOneDeliveryIsNeverTaken) {
  trip();
  wait_for_probe();
  record(delivered());
  for (int i = 0; i < 10; ++i) {
    record(refused());
    record(delivered());
  }
  EXPECT_EQ(allowed(), 64U);
}

TEST_F(BreakerTest, StartsSlowlyAlsoWhenAStragglerIsDelivered) {
  trip();
  record_started_at(kStart, delivered());
  EXPECT_FALSE(breaker_.open());
  EXPECT_EQ(allowed(), 1U);
}

TEST_F(BreakerTest, HalvesOnOverloadDownToOne) {
  for (const std::size_t expected : {32U, 16U, 8U, 4U, 2U, 1U, 1U}) {
    record(overloaded());
    EXPECT_EQ(allowed(), expected);
  }
}

TEST_F(BreakerTest, HalvesOnceForRequestsThatWereUnderWayTogether) {
  for (int i = 0; i < 5; ++i)
    record_started_at(kStart, overloaded());
  EXPECT_EQ(allowed(), 32U);
}

TEST_F(BreakerTest, GrowsBackByOneForEachRoundOfSuccesses) {
  record_times(4, overloaded());
  ASSERT_EQ(allowed(), 4U);
  record_times(3, delivered());
  EXPECT_EQ(allowed(), 4U);
  record(delivered());
  EXPECT_EQ(allowed(), 5U);
  record_times(5, delivered());
  EXPECT_EQ(allowed(), 6U);
  record_times(10'000, delivered());
  EXPECT_EQ(allowed(), 64U);
}

TEST_F(BreakerTest, SendsNothingWhileAHoldLasts) {
  record(held(120s));
  const Timestamp until = now_ + 120s;
  EXPECT_FALSE(breaker_.open());
  EXPECT_EQ(allowed(), 0U);
  EXPECT_EQ(breaker_.sends_again_at(now_), until);
  EXPECT_EQ(breaker_.allowed_in_flight(until - 1ms), 0U);
  EXPECT_EQ(breaker_.allowed_in_flight(until), 32U);
}

TEST_F(BreakerTest, KeepsTheLongerOfTwoHolds) {
  breaker_.hold(now_ + 1h);
  breaker_.hold(now_ + 1min);
  EXPECT_EQ(breaker_.sends_again_at(now_), now_ + 1h);
  record(delivered());
  EXPECT_EQ(breaker_.sends_again_at(now_), kStart + 1h);
}

TEST_F(BreakerTest, ProbesNotBeforeAHoldEnds) {
  trip();
  breaker_.hold(now_ + 1h);
  EXPECT_EQ(breaker_.next_probe_at(), now_ + 1h);
  EXPECT_EQ(breaker_.sends_again_at(now_), now_ + 1h);
  breaker_.hold(now_);
  wait_for_probe();
  EXPECT_EQ(allowed(), 1U);
}

TEST_F(BreakerTest, ForgetsEverythingWhenItIsReset) {
  trip();
  record(held(1h));
  breaker_.reset();
  EXPECT_FALSE(breaker_.open());
  EXPECT_EQ(allowed(), 64U);
}

TEST_F(BreakerTest, WorksWithACapOfOne) {
  breaker_ = Breaker{1};
  record(overloaded());
  EXPECT_EQ(allowed(), 1U);
  trip();
  wait_for_probe();
  record(delivered());
  EXPECT_EQ(allowed(), 1U);
  record_times(9, refused());
  EXPECT_FALSE(breaker_.open());
}

// Goal: a dead endpoint costs as many requests as its schedule has, whatever waits.
TEST_F(BreakerTest, SendsADeadEndpointNoMoreThanTheScheduleInThreeDays) {
  const auto delays = default_retry_delays();
  int sent = 0;
  const Timestamp end = kStart + std::chrono::days{3};
  while (now_ < end) {
    if (allowed() == 0) {
      now_ = breaker_.sends_again_at(now_).value();
      continue;
    }
    ++sent;
    breaker_.record(refused(), {.started_at = now_, .ended_at = now_ + kTook, .delays = delays});
    now_ += kTook;
  }
  EXPECT_EQ(sent, Breaker::kFailuresToOpen + static_cast<int>(delays.size()));
}

}  // namespace
}  // namespace returnflows
