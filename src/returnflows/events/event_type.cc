#include "returnflows/events/event_type.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/events/nearest_name.h"

namespace returnflows {
namespace {

// The only place where the names stand. The index is the number that is stored.
constexpr std::array<std::string_view, kEventTypeCount> kNames = {
    "return.created",
    "return.completed",
    "return.processed",
    "return.canceled",
    "return.paused",
    "return.resumed",
    "return.closed",
    "return.instant_exchange",
    "return.reset",
    "return.label_generated",
    "return.auto_close_initiated",
    "return.auto_close_cancelled",
    "return.auto_close_completed",
    "return.auto_close_failed",
    "shipment.event.in_transit",
    "shipment.event.delivered",
};

}  // namespace

std::array<EventType, kEventTypeCount> all_event_types() {
  std::array<EventType, kEventTypeCount> types{};
  for (std::size_t i = 0; i < kEventTypeCount; ++i)
    types[i] = static_cast<EventType>(i);
  return types;
}

std::string_view event_type_name(EventType type) {
  return kNames[index_of(type)];
}

std::optional<EventType> find_event_type(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<EventType>(found - kNames.begin());
}

std::optional<EventType> nearest_event_type(std::string_view name) {
  const auto nearest = nearest_name(name, kNames);
  if (!nearest) return std::nullopt;
  return static_cast<EventType>(*nearest);
}

std::string unknown_event_type_sentence(std::string_view name) {
  std::string sentence = "'" + shown_name(name) + "' is not an event type; ";
  if (const auto nearest = nearest_event_type(name)) {
    return sentence + "did you mean '" + std::string{event_type_name(*nearest)} + "'?";
  }
  return sentence + "GET /v1/event-types lists the " + std::to_string(kEventTypeCount) +
         " that there are.";
}

}  // namespace returnflows
