#include "bench/sink_ledger.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows::bench {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr Monotonic kStart{std::chrono::hours{1}};

TEST(SinkLedger, TellsDeliveriesFromDuplicatesByEndpointAndNumber) {
  SinkLedger ledger;
  const EventMark mark{.number = 7, .sent_at = kStart};
  ledger.arrived({.manner = SinkManner::kOk, .endpoint = 0}, mark, kStart + milliseconds{2});
  ledger.arrived({.manner = SinkManner::kOk, .endpoint = 1}, mark, kStart + milliseconds{2});
  ledger.arrived({.manner = SinkManner::kOk, .endpoint = 0}, mark, kStart + milliseconds{9});
  EXPECT_THAT(ledger.json(), HasSubstr(R"("ok":{"requests":3,"delivered":2,"duplicates":1)"));
}

TEST(SinkLedger, MeasuresFromTheMarkToTheArrival) {
  SinkLedger ledger;
  ledger.arrived({}, EventMark{.number = 1, .sent_at = kStart}, kStart + milliseconds{2});
  EXPECT_THAT(ledger.json(), HasSubstr(R"("latency":{"count":1,"p50_us":2000)"));
}

TEST(SinkLedger, RefusesEveryThirdRequestAndCountsItsRetryOnce) {
  SinkLedger ledger;
  const SinkPlace place{.manner = SinkManner::kThird};
  int refused = 0;
  int answers = 0;
  for (std::uint64_t number = 0; number < 30; ++number) {
    int status = 500;
    while (status == 500) {
      status = ledger.arrived(place, EventMark{.number = number, .sent_at = kStart}, kStart);
      refused += status == 500 ? 1 : 0;
      ++answers;
    }
  }
  EXPECT_EQ(answers, 44);
  EXPECT_EQ(refused, 14);
  EXPECT_THAT(ledger.json(), HasSubstr(R"("delivered":30,"duplicates":0)"));
}

TEST(SinkLedger, CountsHowManyWereOpenAtOnce) {
  SinkLedger ledger;
  const SinkPlace place{.manner = SinkManner::kSlow};
  ledger.arrived(place, EventMark{.number = 1}, kStart);
  ledger.arrived(place, EventMark{.number = 2}, kStart);
  ledger.answered(place);
  ledger.arrived(place, EventMark{.number = 3}, kStart);
  EXPECT_THAT(ledger.json(), HasSubstr(R"("open":2,"open_max":2)"));
}

TEST(SinkLedger, KnowsItsPathsAndNoOthers) {
  const auto place = parse_place("/slow/17");
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->manner, SinkManner::kSlow);
  EXPECT_EQ(place->endpoint, 17U);
  for (const char* other : {"", "/", "/ok", "/ok/", "/ok/x", "/other/1", "ok/1"}) {
    EXPECT_FALSE(parse_place(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace returnflows::bench
