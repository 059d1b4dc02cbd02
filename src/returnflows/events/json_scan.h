#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// Finds spans of bytes in JSON text without reading the values. The parser that validates throws
// the original bytes away; what is stored and signed must be these.

// The bytes of the value of member number `member_index` (from 0) of the object `object`, white
// space around it cut off. `object` must be one valid JSON object with `member_count` members. The
// cost is that of the other members, not of this one.
std::string_view member_value_span(std::string_view object,
                                   std::size_t member_index,
                                   std::size_t member_count);

// Splits `array`, a JSON array, into the bytes of its elements. Every element is some text that is
// not empty, but only checking each one as JSON tells whether it is a value: if all are, then the
// whole was a valid array, and the other way round.
//
// Errors: kInvalidInput when there is no closing bracket, something follows it, or an element
// between two commas is missing; kTooLarge when there are more than `element_count_max` elements.
Result<std::vector<std::string_view>> split_array(std::string_view array,
                                                  std::size_t element_count_max);

// Splits NDJSON into its lines; blank ones are left out. Errors: kTooLarge as above.
Result<std::vector<std::string_view>> split_lines(std::string_view text,
                                                  std::size_t line_count_max);

// `text` without JSON white space at both ends.
std::string_view trim_json_space(std::string_view text);

}  // namespace returnflows
