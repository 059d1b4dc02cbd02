#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/api/response.h"
#include "returnflows/base/result.h"

namespace returnflows {

// What is wrong with a request, in the terms of HTTP. `code` is the word for programs.
struct Problem {
  int status = 500;
  std::string code;
  std::string detail;  // A sentence for people that names the fix where there is one.
  std::vector<FieldError> fields = {};
  std::string header_lines = {};  // As in Response.
  // More members of the document, each with its comma before: `,"allowed_commands":["pay"]`.
  std::string members_json = {};
};

// The one place that maps errors to HTTP. What is our own fault (500) is answered with a general
// sentence: its detail is for the log.
Problem problem_of(const Error& error);

// An `application/problem+json` document (RFC 9457): type, title, status, detail, code and, when
// fields are wrong, errors. 401 carries WWW-Authenticate, 429 and 503 Retry-After.
Response problem_response(const Problem& problem);
Response problem_response(const Error& error);

// Error values for what only HTTP knows; problem_of() turns the reason back into the status.
namespace reason {
inline constexpr std::string_view kUnsupportedMediaType = "unsupported_media_type";  // 415
inline constexpr std::string_view kPreconditionFailed = "precondition_failed";       // 412
inline constexpr std::string_view kInvalidParameter = "invalid_parameter";           // 400
inline constexpr std::string_view kMerchantRequired = "merchant_required";           // 400
}  // namespace reason

}  // namespace returnflows
