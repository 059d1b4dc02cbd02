#include "returnflows/events/event_type.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

TEST(EventType, EveryNameFindsItsType) {
  for (const EventType type : all_event_types()) {
    EXPECT_EQ(find_event_type(event_type_name(type)), type);
  }
}

TEST(EventType, NumbersAreTheStoredOnes) {
  EXPECT_EQ(event_type_name(static_cast<EventType>(0)), "return.created");
  EXPECT_EQ(event_type_name(static_cast<EventType>(6)), "return.closed");
  EXPECT_EQ(event_type_name(static_cast<EventType>(11)), "return.auto_close_cancelled");
  EXPECT_EQ(event_type_name(static_cast<EventType>(14)), "shipment.event.in_transit");
  EXPECT_EQ(event_type_name(static_cast<EventType>(15)), "shipment.event.delivered");
}

TEST(EventType, SpellingsAreNotNormalised) {
  EXPECT_TRUE(find_event_type("return.canceled"));
  EXPECT_FALSE(find_event_type("return.cancelled"));
  EXPECT_TRUE(find_event_type("return.auto_close_cancelled"));
  EXPECT_FALSE(find_event_type("return.auto_close_canceled"));
  EXPECT_FALSE(find_event_type("Return.created"));
  EXPECT_FALSE(find_event_type(""));
}

TEST(EventType, SuggestsTheNearestName) {
  EXPECT_EQ(nearest_event_type("retrun.created"), EventType::kReturnCreated);
  EXPECT_EQ(nearest_event_type("return.cancelled"), EventType::kReturnCanceled);
  EXPECT_EQ(nearest_event_type("return.auto_close_canceled"), EventType::kReturnAutoCloseCancelled);
  EXPECT_EQ(nearest_event_type("shipment.delivered"), EventType::kShipmentDelivered);
  EXPECT_EQ(nearest_event_type("shipment.in_transit"), EventType::kShipmentInTransit);
}

TEST(EventType, SuggestsNothingForWhatIsFarOff) {
  EXPECT_EQ(nearest_event_type(""), std::nullopt);
  EXPECT_EQ(nearest_event_type("hello"), std::nullopt);
  EXPECT_EQ(nearest_event_type("orders/fulfilled"), std::nullopt);
  EXPECT_EQ(nearest_event_type(std::string(100'000, 'r')), std::nullopt);
}

TEST(EventType, UnknownNameSentenceNamesTheFix) {
  EXPECT_EQ(unknown_event_type_sentence("retrun.created"),
            "'retrun.created' is not an event type; did you mean 'return.created'?");
  EXPECT_EQ(unknown_event_type_sentence("hello"),
            "'hello' is not an event type; GET /v1/event-types lists the 16 that there are.");
}

TEST(EventType, UnknownNameSentenceNeverCutsACharacterInTwo) {
  const std::string name = std::string(47, 'x') + "øøø";
  EXPECT_TRUE(unknown_event_type_sentence(name).starts_with("'" + std::string(47, 'x') + "…'"));
}

}  // namespace
}  // namespace returnflows
