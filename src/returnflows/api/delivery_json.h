#pragma once

#include <chrono>
#include <optional>
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

// Appends a member with milliseconds and their three decimals; null for what did not happen.
void append_milliseconds(JsonWriter& json,
                         std::string_view name,
                         const std::optional<std::chrono::microseconds>& duration);

// Appends a member with an HTTP status; null for 0, which stands for no answer.
void append_http_status(JsonWriter& json, std::string_view name, int status);

}  // namespace returnflows
