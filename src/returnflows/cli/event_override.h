#pragma once

#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// Applies one `--override data.return.number=X` to the `data` of an event and returns the new one.
// X is taken as a string where a string stands today; elsewhere as JSON if it is JSON, and as a
// string if it is not. `path:=JSON` always takes JSON.
// Errors: kInvalidInput that shows the right form or says what the path has to lead through.
Result<std::string> apply_override(std::string_view data_json, std::string_view override_text);

}  // namespace returnflows
