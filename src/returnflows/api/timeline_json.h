#pragma once

#include <span>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/store/records.h"

namespace returnflows {

// A delivery with all its attempts, oldest first.
struct TimelineDelivery {
  DeliveryRecord delivery;
  std::vector<AttemptRecord> attempts;
};

// An event of a return with what became of it.
struct TimelineEvent {
  EventRecord event;
  std::vector<TimelineDelivery> deliveries;
};

// Appends events, deliveries and attempts as one JSON array of entries, ordered by `at`: when the
// event was accepted, the delivery created, the attempt started. At the same time an event stands
// before its deliveries, and a delivery before its attempts. Pure.
void append_timeline(JsonWriter& json, std::span<const TimelineEvent> events, const IdCodec& ids);

}  // namespace returnflows
