#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/result.h"

namespace returnflows {

// Why simdjson could not read a text, as a sentence for who sent it.
std::string_view broken_json_sentence(simdjson::error_code code);

// "The event has 300000 bytes; at most 262144 are accepted."
std::string too_large_sentence(std::size_t bytes, std::size_t bytes_max, std::string_view what);

// One Error for all that is wrong with a document. `fields` must not be empty.
std::unexpected<Error> refuse_fields(ErrorCode code, std::vector<FieldError> fields);

}  // namespace returnflows
