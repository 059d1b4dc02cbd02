#include "returnflows/endpoints/endpoint.h"

#include <numeric>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

TEST(Endpoint, RetriesTwelveTimesOverAboutThreeDaysByDefault) {
  const auto delays = default_retry_delays();
  EXPECT_EQ(delays.size(), 12U);
  const auto total = std::accumulate(delays.begin(), delays.end(), std::chrono::seconds{0});
  EXPECT_EQ(total, std::chrono::hours{71} + std::chrono::minutes{42} + std::chrono::seconds{35});
}

TEST(Endpoint, GetsTheTypesThatItNames) {
  Endpoint endpoint;
  endpoint.all_event_types = false;
  endpoint.event_types.set(index_of(EventType::kReturnClosed));
  EXPECT_TRUE(is_subscribed(endpoint, EventType::kReturnClosed));
  EXPECT_FALSE(is_subscribed(endpoint, EventType::kReturnCreated));
}

TEST(Endpoint, GetsEveryTypeWhenItSaysAll) {
  const Endpoint endpoint;
  EXPECT_TRUE(is_subscribed(endpoint, EventType::kReturnCreated));
  EXPECT_TRUE(is_subscribed(endpoint, EventType::kShipmentDelivered));
}

TEST(Endpoint, FindsWhatItNames) {
  for (const auto rule : {SuccessRule::kOnly200, SuccessRule::kAny2xx}) {
    EXPECT_EQ(find_success_rule(success_rule_name(rule)), rule);
  }
  for (const auto ordering : {Ordering::kPerReturn, Ordering::kNone}) {
    EXPECT_EQ(find_ordering(ordering_name(ordering)), ordering);
  }
  EXPECT_EQ(find_success_rule("2xx"), std::nullopt);
  EXPECT_EQ(find_ordering(""), std::nullopt);
}

TEST(Endpoint, HasTheStateWordsOfTheApi) {
  EXPECT_EQ(endpoint_state_name(EndpointState::kActive), "active");
  EXPECT_EQ(endpoint_state_name(EndpointState::kPaused), "paused");
  EXPECT_EQ(endpoint_state_name(EndpointState::kDisabled), "disabled");
}

}  // namespace
}  // namespace returnflows
