#pragma once

#include <string>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"

namespace returnflows {

// "2026-02-07T02:00:00.210Z": RFC 3339, UTC, always milliseconds.
std::string format_rfc3339(Timestamp at);

// Appends what format_rfc3339() returns, without a temporary.
void append_rfc3339(std::string& out, Timestamp at);

// Accepts RFC 3339 date-times with `Z` or a numeric offset and any number of fraction digits
// (cut to milliseconds). Errors: kInvalidInput with an example of the right form.
Result<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace returnflows
