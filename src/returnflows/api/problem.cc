#include "returnflows/api/problem.h"

#include <cstddef>
#include <utility>

#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

// How long a client is asked to wait: a second empties a full journal; a restart takes longer.
constexpr std::string_view kRetrySoon = "retry-after: 1\r\n";
constexpr std::string_view kRetryLater = "retry-after: 5\r\n";

int status_of(const Error& error) {
  if (error.reason == reason::kUnsupportedMediaType) return 415;
  if (error.reason == reason::kPreconditionFailed) return 412;
  switch (error.code) {
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

}  // namespace

std::string_view status_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

Problem problem_of(const Error& error) {
  Problem problem{.status = status_of(error),
                  .code = std::string{error.reason_or_default()},
                  .detail = error.detail,
                  .fields = error.fields};
  if (problem.status == 500) {
    problem.detail = "The server could not answer; its log says why.";
    problem.fields.clear();
  }
  if (problem.fields.size() > limits::kFieldErrorsMax) {
    problem.fields.resize(limits::kFieldErrorsMax);
  }
  if (problem.status == 401) problem.header_lines = "www-authenticate: Bearer\r\n";
  if (problem.status == 429) problem.header_lines = kRetrySoon;
  if (problem.status == 503) problem.header_lines = kRetryLater;
  return problem;
}

Response problem_response(const Problem& problem) {
  Response response{.status = problem.status,
                    .content_type = "application/problem+json",
                    .header_lines = problem.header_lines};
  JsonWriter json(response.body);
  json.open_object();
  json.member("type", "about:blank");
  json.member("title", status_phrase(problem.status));
  json.member("status", problem.status);
  json.member("detail", problem.detail);
  json.member("code", problem.code);
  if (!problem.fields.empty()) {
    json.key("errors").open_array();
    for (const FieldError& field : problem.fields) {
      json.open_object();
      json.member("pointer", field.pointer);
      json.member("detail", field.detail);
      json.close_object();
    }
    json.close_array();
  }
  response.body += problem.members_json;
  json.close_object();
  return response;
}

Response problem_response(const Error& error) {
  return problem_response(problem_of(error));
}

}  // namespace returnflows
