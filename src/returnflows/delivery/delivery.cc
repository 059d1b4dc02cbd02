#include "returnflows/delivery/delivery.h"

namespace returnflows {

std::string_view delivery_status_name(DeliveryState state) {
  switch (state) {
    case DeliveryState::kReady:
    case DeliveryState::kWaiting:
    case DeliveryState::kHeld:
      return "pending";
    case DeliveryState::kDelivered:
      return "delivered";
    case DeliveryState::kExhausted:
      return "exhausted";
    case DeliveryState::kCanceled:
      return "canceled";
  }
  return "pending";
}

std::optional<DeliveryStatus> find_delivery_status(std::string_view name) {
  if (name == "pending") return DeliveryStatus::kPending;
  if (name == "delivered") return DeliveryStatus::kDelivered;
  if (name == "exhausted") return DeliveryStatus::kExhausted;
  if (name == "canceled") return DeliveryStatus::kCanceled;
  return std::nullopt;
}

}  // namespace returnflows
