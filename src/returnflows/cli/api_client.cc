#include "returnflows/cli/api_client.h"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "returnflows/base/result.h"
#include "returnflows/cli/client_url.h"
#include "returnflows/cli/event_stream_parser.h"
#include "returnflows/cli/http_exchange.h"
#include "returnflows/cli/problem_text.h"

namespace returnflows {
namespace {

// The server sends a heartbeat every 15 s; after three that are missing the connection is dead.
constexpr std::chrono::seconds kSilenceMax{45};

// The server's own mapping from codes to statuses, backwards and as far as commands care.
ErrorCode code_of(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthorized;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 429:
      return ErrorCode::kOverloaded;
    case 502:
    case 503:
    case 504:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInvalidInput;
  }
}

std::unexpected<Error> refused(const HttpAnswer& answer) {
  return std::unexpected(Error{.code = code_of(answer.status),
                               .detail = describe_problem(answer),
                               .reason = std::string{kRefused}});
}

bool is_success(const HttpAnswer& answer) {
  return answer.status >= 200 && answer.status < 300;
}

}  // namespace

std::string api_path(std::initializer_list<std::string_view> parts) {
  std::string path;
  for (const std::string_view part : parts) {
    path += '/';
    path += percent_encode(part);
  }
  return path;
}

HttpRequest ApiClient::request_for(const ApiCall& call) const {
  HttpRequest request{.method = call.method, .url = options_.server, .body = call.body};
  request.ca_file = options_.ca_file;
  // A server behind a path ("https://example.test/returnflows") keeps it.
  request.target = options_.server.target;
  while (request.target.ends_with('/')) {
    request.target.pop_back();
  }
  request.target += call.path;
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    if (value.empty()) continue;
    request.target += std::exchange(separator, '&') + name + "=" + percent_encode(value);
  }
  request.headers.push_back({.name = "accept", .value = "application/json"});
  if (!call.body.empty()) {
    request.headers.push_back({.name = "content-type", .value = call.content_type});
  }
  if (!call.idempotency_key.empty()) {
    request.headers.push_back({.name = "idempotency-key", .value = call.idempotency_key});
  }
  if (!options_.api_key.empty()) {
    request.headers.push_back(
        {.name = "authorization", .value = "Bearer " + std::string{options_.api_key.reveal()}});
  }
  if (!options_.merchant.empty()) {
    request.headers.push_back({.name = "returnflows-merchant", .value = options_.merchant});
  }
  return request;
}

Result<std::string> ApiClient::call(const ApiCall& call) const {
  RF_TRY(HttpAnswer answer, http_exchange(request_for(call)));
  if (!is_success(answer)) return refused(answer);
  return std::move(answer.body);
}

Status ApiClient::follow_events(const ApiCall& call,
                                EventStreamParser& parser,
                                const StreamEvents& events) const {
  HttpRequest request = request_for(call);
  request.timeout = kSilenceMax;
  request.headers.push_back({.name = "accept", .value = "text/event-stream"});
  if (!parser.last_id().empty()) {
    request.headers.push_back({.name = "last-event-id", .value = parser.last_id()});
  }
  parser.start_connection();
  Status status;
  const auto take = [&](std::string_view bytes) {
    auto complete = parser.feed(bytes);
    if (!complete) {
      status = std::unexpected(std::move(complete).error());
      return false;
    }
    for (const StreamEvent& event : *complete) {
      if (!events.on_event(event)) return false;
    }
    return true;
  };
  const auto open = [&](const HttpAnswer& head) {
    if (is_success(head)) events.on_open();
    return is_success(head);
  };
  RF_TRY(const HttpAnswer answer, http_stream(request, {.on_head = open, .on_bytes = take}));
  if (!is_success(answer)) return refused(answer);
  return status;
}

}  // namespace returnflows
