#pragma once

#include "returnflows/api/http_message.h"
#include "returnflows/base/result.h"

namespace returnflows {

// The HTTP status of an error: the only place that decides it.
int status_of(ErrorCode code);

// The RFC 9457 document of an error: {type, title, status, detail, code, errors?:[{pointer,
// detail}]}, with Retry-After on 429 and 503 and WWW-Authenticate on 401.
Response problem(const Error& error);

// The same with a status that no ErrorCode has (405, 415, …) and its machine code.
Response problem(int status, std::string_view code, std::string_view detail);

}  // namespace returnflows
