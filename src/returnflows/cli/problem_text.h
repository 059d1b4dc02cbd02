#pragma once

#include <string>

#include "returnflows/cli/http_exchange.h"

namespace returnflows {

// What a refusal (any answer that is not 2xx) says, for people: status and detail on the first
// line, one indented line for each wrong field, and a hint what to do where there is one. Reads RFC
// 9457 problem documents; other bodies are shown cut. No newline at the end. Pure.
std::string describe_problem(const HttpAnswer& answer);

}  // namespace returnflows
