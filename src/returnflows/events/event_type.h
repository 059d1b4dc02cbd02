#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace returnflows {

// The 16 things that a merchant can subscribe to. The numbers are stored: never reorder, only
// append. The names stand in event_type.cc, the meanings in catalogue.cc, the schemas and samples
// in schemas/ and samples/.
enum class EventType : std::uint8_t {
  kReturnCreated = 0,
  kReturnCompleted = 1,
  kReturnProcessed = 2,
  kReturnCanceled = 3,
  kReturnPaused = 4,
  kReturnResumed = 5,
  kReturnClosed = 6,
  kReturnInstantExchange = 7,
  kReturnReset = 8,
  kReturnLabelGenerated = 9,
  kReturnAutoCloseInitiated = 10,
  kReturnAutoCloseCancelled = 11,
  kReturnAutoCloseCompleted = 12,
  kReturnAutoCloseFailed = 13,
  kShipmentInTransit = 14,
  kShipmentDelivered = 15,
};

inline constexpr std::size_t kEventTypeCount = 16;

// All types in the order of their numbers.
std::array<EventType, kEventTypeCount> all_event_types();

// The wire name: "return.auto_close_cancelled". Never normalised: `return.canceled` has one L,
// `return.auto_close_cancelled` has two.
std::string_view event_type_name(EventType type);

// The type of a wire name; nullopt when there is none of that name.
std::optional<EventType> find_event_type(std::string_view name);

// The type whose name is most like `name`; nullopt when none is near enough to be meant.
std::optional<EventType> nearest_event_type(std::string_view name);

// What to answer to a name that find_event_type() does not know: "'retrun.created' is not an event
// type; did you mean 'return.created'?", or where the list is when nothing comes near. Cuts long
// names; the caller escapes the sentence for its format.
std::string unknown_event_type_sentence(std::string_view name);

// A set of types, as an endpoint subscribes to it.
using EventTypeSet = std::bitset<kEventTypeCount>;

inline constexpr std::size_t index_of(EventType type) {
  return static_cast<std::size_t>(type);
}

}  // namespace returnflows
