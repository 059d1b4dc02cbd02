#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace returnflows {

// The life of a delivery: one event owed to one endpoint. Numbers are stored.
enum class DeliveryState : std::uint8_t {
  // In: accepted, and nothing older of its return is owed to this endpoint.
  // Out: the outcome of its first attempt.
  kReady = 0,
  // In: an attempt failed and the schedule goes on; or released from kHeld, retried or replayed.
  // Out: the outcome of the attempt at `next_attempt_at`.
  kWaiting = 1,
  // In: accepted while an older event of the same return is still owed to this endpoint.
  // Out: to kWaiting, by the transition that settles the older one.
  kHeld = 2,
  // In: the endpoint answered as its success rule asks. Final, but for a manual retry.
  kDelivered = 3,
  // In: the retry schedule has run out. Resendable: `retry` makes it kWaiting.
  kExhausted = 4,
  // In: `cancel`, or its endpoint was deleted. Resendable while the endpoint exists.
  kCanceled = 5,
};

// The word of the API: "pending" for the first three, then "delivered", "exhausted", "canceled".
std::string_view delivery_status_name(DeliveryState state);

// What the API's `status` filter selects.
enum class DeliveryStatus : std::uint8_t { kPending, kDelivered, kExhausted, kCanceled };
std::optional<DeliveryStatus> find_delivery_status(std::string_view name);

inline constexpr bool is_settled(DeliveryState state) {
  return state >= DeliveryState::kDelivered;
}

}  // namespace returnflows
