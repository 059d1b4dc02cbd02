#pragma once

#include <cstdint>
#include <optional>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/delivery/delivery.h"
#include "returnflows/events/event_type.h"

namespace returnflows::sqlite {

// What the rules on deliveries need to know of one.
struct DeliveryRow {
  DeliveryId id{};
  EventId event{};
  EndpointId endpoint{};
  MerchantId merchant{};
  EventType type{};
  std::int64_t key_hash = 0;  // Of its return; 0 when it waits for nobody.
  DeliveryState state{};
  int attempts_made = 0;
  int attempts_before_schedule = 0;
  Timestamp created_at{};
  Timestamp next_attempt_at{};                    // When kReady or kWaiting.
  std::optional<Timestamp> last_started_at = {};  // Of the last attempt.
};

}  // namespace returnflows::sqlite
