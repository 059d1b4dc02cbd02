#include "returnflows/api/problem.h"

#include <string>

#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

// How long a refused producer should wait: about the time that the journal needs for a full queue.
constexpr std::string_view kRetryAfterSeconds = "1";

Response document(int status,
                  std::string_view code,
                  std::string_view detail,
                  const std::vector<FieldError>& fields) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  std::string& out = response.body;
  out += R"({"type":"about:blank","title":)";
  append_json_string(out, status_reason(status));
  out += ",\"status\":" + std::to_string(status) + ",\"detail\":";
  append_json_string(out, detail);
  out += ",\"code\":";
  append_json_string(out, code);
  if (!fields.empty()) {
    out += ",\"errors\":[";
    for (const FieldError& field : fields) {
      if (out.back() != '[') out += ',';
      out += "{\"pointer\":";
      append_json_string(out, field.pointer);
      out += ",\"detail\":";
      append_json_string(out, field.detail);
      out += '}';
    }
    out += ']';
  }
  out += '}';
  if (status == 401) response.headers.emplace_back("www-authenticate", "Bearer");
  if (status == 429 || status == 503)
    response.headers.emplace_back("retry-after", kRetryAfterSeconds);
  return response;
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput:
      return 400;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kUnprocessable:
      return 422;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kOverloaded:
      return 429;
    case ErrorCode::kTimeout:
      return 504;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kCorruption:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response problem(const Error& error) {
  return document(status_of(error.code), error.reason_or_default(), error.detail, error.fields);
}

Response problem(int status, std::string_view code, std::string_view detail) {
  return document(status, code, detail, {});
}

}  // namespace returnflows
