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

std::unexpected<Error> refused(const HttpAnswer& answer) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidInput,
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
                                const std::function<bool(const StreamEvent&)>& on_event) const {
  HttpRequest request = request_for(call);
  request.timeout = kSilenceMax;
  request.headers.push_back({.name = "accept", .value = "text/event-stream"});
  if (!parser.last_id().empty()) {
    request.headers.push_back({.name = "last-event-id", .value = parser.last_id()});
  }
  parser.start_connection();
  Status status;
  const StreamHandler handler{
      .on_head = is_success,
      .on_bytes =
          [&](std::string_view bytes) {
            auto events = parser.feed(bytes);
            if (!events) {
              status = std::unexpected(std::move(events).error());
              return false;
            }
            for (const StreamEvent& event : *events) {
              if (!on_event(event)) return false;
            }
            return true;
          },
  };
  RF_TRY(const HttpAnswer answer, http_stream(request, handler));
  if (!is_success(answer)) return refused(answer);
  return status;
}

}  // namespace returnflows
