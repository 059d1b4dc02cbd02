#include "returnflows/delivery/delivery.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "returnflows/delivery/attempt.h"

namespace returnflows {
namespace {

TEST(Delivery, IsPendingUntilItIsSettled) {
  for (const auto state : {DeliveryState::kReady, DeliveryState::kWaiting, DeliveryState::kHeld}) {
    EXPECT_EQ(delivery_status_name(state), "pending");
    EXPECT_FALSE(is_settled(state));
  }
}

TEST(Delivery, HasItsOwnWordForEachWayToBeSettled) {
  EXPECT_EQ(delivery_status_name(DeliveryState::kDelivered), "delivered");
  EXPECT_EQ(delivery_status_name(DeliveryState::kExhausted), "exhausted");
  EXPECT_EQ(delivery_status_name(DeliveryState::kCanceled), "canceled");
  for (const auto state :
       {DeliveryState::kDelivered, DeliveryState::kExhausted, DeliveryState::kCanceled}) {
    EXPECT_TRUE(is_settled(state));
  }
}

TEST(Delivery, FindsTheStatusThatAListIsFilteredBy) {
  EXPECT_EQ(find_delivery_status("pending"), DeliveryStatus::kPending);
  EXPECT_EQ(find_delivery_status("delivered"), DeliveryStatus::kDelivered);
  EXPECT_EQ(find_delivery_status("exhausted"), DeliveryStatus::kExhausted);
  EXPECT_EQ(find_delivery_status("canceled"), DeliveryStatus::kCanceled);
  EXPECT_EQ(find_delivery_status("cancelled"), std::nullopt);
  EXPECT_EQ(find_delivery_status(""), std::nullopt);
}

TEST(AttemptResultName, IsDistinctForEveryResult) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(AttemptResult::kBadUrl); ++i) {
    names.insert(attempt_result_name(static_cast<AttemptResult>(i)));
  }
  EXPECT_EQ(names.size(), 11U);
  EXPECT_EQ(attempt_result_name(AttemptResult::kDnsFailed), "dns_failed");
}

}  // namespace
}  // namespace returnflows
