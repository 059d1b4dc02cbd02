#pragma once

#include <cstddef>
#include <string>

#include "returnflows/base/result.h"

namespace returnflows {

// All bytes of the file at `path`; "-" is standard input.
// Errors: kNotFound or kUnavailable with the path and the system's reason; kTooLarge when there are
// more than `bytes_max`.
Result<std::string> read_input(const std::string& path, std::size_t bytes_max);

}  // namespace returnflows
