#pragma once

#include <string_view>
#include <vector>

#include "returnflows/api/json_writer.h"
#include "returnflows/store/store.h"

namespace returnflows {

// Appends the delivery's JSON object, with "attempts" when they are given. `endpoint_id` is null in
// JSON when the endpoint has been deleted.
void append_delivery(JsonWriter& json,
                     const DeliveryRecord& delivery,
                     const Store& store,
                     const std::vector<AttemptRecord>* attempts = nullptr);

}  // namespace returnflows
