#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// A duration as people write it: "500ms", "30s", "15m", "24h", "7d". A number without a unit is
// seconds. At most ten years. Errors: kInvalidInput with the forms that are taken. Pure.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest such text that parse_duration() turns back into `duration`.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace returnflows
