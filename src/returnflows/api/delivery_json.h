#pragma once

#include <string_view>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/store/records.h"

namespace returnflows {

// Appends the delivery's JSON object, with "attempts" when they are given.
void append_delivery(JsonWriter& json,
                     const DeliveryRecord& delivery,
                     const IdCodec& ids,
                     const std::vector<AttemptRecord>* attempts = nullptr);

}  // namespace returnflows
