#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// Opaque text for "go on behind this row": stable under inserts, refused when it was changed.
std::string encode_cursor(std::int64_t row);

// Errors: kInvalidInput, saying to take `next_cursor` of the page before.
Result<std::int64_t> decode_cursor(std::string_view text);

}  // namespace returnflows
