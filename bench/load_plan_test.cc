#include "bench/load_plan.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows::bench {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr Monotonic kStart{std::chrono::hours{1}};

LoadOptions options() {
  LoadOptions options;
  options.host = "127.0.0.1";
  options.path = "/v1/events";
  options.api_key = "rf_key";
  options.event = R"({"id":")" + std::string{kBlankMark} + R"("})";
  return options;
}

TEST(RequestTemplate, RefusesAnEventWithoutAMark) {
  LoadOptions bare = options();
  bare.event = "{}";
  EXPECT_FALSE(RequestTemplate::make(bare).has_value());
}

TEST(RequestTemplate, NumbersEveryEventOfABatch) {
  LoadOptions batch = options();
  batch.events_per_request = 2;
  auto request = RequestTemplate::make(batch);
  ASSERT_TRUE(request.has_value());
  const std::string text{request->fill(40, kStart)};
  EXPECT_THAT(text, HasSubstr("ret_bench_000000000040_"));
  EXPECT_THAT(text, HasSubstr("ret_bench_000000000041_"));
  EXPECT_THAT(text, HasSubstr("application/x-ndjson"));
}

TEST(RequestTemplate, NamesMerchantsInTurn) {
  LoadOptions shops = options();
  shops.merchants = {"mer_a", "mer_b"};
  auto request = RequestTemplate::make(shops);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(std::string{request->fill(0, kStart)}, HasSubstr("returnflows-merchant: mer_a\r\n"));
  EXPECT_THAT(std::string{request->fill(1, kStart)}, HasSubstr("returnflows-merchant: mer_b\r\n"));
}

TEST(Timetable, KeepsItsTimesWhenRequestsAreLate) {
  LoadOptions steady = options();
  steady.rate = 1'000;
  Timetable timetable(steady, kStart);
  timetable.take();
  timetable.take();
  EXPECT_EQ(timetable.next_at(kStart + milliseconds{50}), kStart + milliseconds{2});
}

TEST(Timetable, SendsAtOnceWithoutARateUntilTheTimeIsOver) {
  LoadOptions quick = options();
  quick.time = milliseconds{100};
  const Timetable timetable(quick, kStart);
  EXPECT_EQ(timetable.next_at(kStart + milliseconds{99}), kStart + milliseconds{99});
  EXPECT_FALSE(timetable.next_at(kStart + milliseconds{100}).has_value());
}

TEST(Timetable, EndsWithItsEventsWhateverTheTime) {
  LoadOptions counted = options();
  counted.events = 3;
  counted.time = milliseconds{0};
  counted.first_number = 10;
  Timetable timetable(counted, kStart);
  EXPECT_EQ(timetable.take(), 10U);
  EXPECT_EQ(timetable.take(), 11U);
  EXPECT_EQ(timetable.take(), 12U);
  EXPECT_FALSE(timetable.next_at(kStart).has_value());
}

}  // namespace
}  // namespace returnflows::bench
