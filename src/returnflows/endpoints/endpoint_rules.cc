#include "returnflows/endpoints/endpoint_rules.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/endpoints/endpoint_url.h"

namespace returnflows {
namespace {

void check_retry_delays(const Endpoint& endpoint, std::vector<FieldError>& wrong) {
  if (endpoint.retry_delays.size() > limits::kRetryStepsMax) {
    wrong.push_back(
        {.pointer = "/retry_delays",
         .detail = "At most " + std::to_string(limits::kRetryStepsMax) + " delays are taken."});
    return;
  }
  for (std::size_t i = 0; i < endpoint.retry_delays.size(); ++i) {
    const std::chrono::seconds delay = endpoint.retry_delays[i];
    if (delay >= kRetryDelayMin && delay <= kRetryDelayMax) continue;
    wrong.push_back({.pointer = "/retry_delays/" + std::to_string(i),
                     .detail = "A delay lies between 1 second and 7 days (604800 seconds)."});
  }
}

void check_attempt_timeout(const Endpoint& endpoint, std::vector<FieldError>& wrong) {
  if (endpoint.attempt_timeout >= limits::kAttemptTimeoutMin &&
      endpoint.attempt_timeout <= limits::kAttemptTimeoutMax) {
    return;
  }
  wrong.push_back(
      {.pointer = "/attempt_timeout_ms",
       .detail = "The timeout lies between " + std::to_string(limits::kAttemptTimeoutMin.count()) +
                 " and " + std::to_string(limits::kAttemptTimeoutMax.count()) + " milliseconds."});
}

}  // namespace

Status check_endpoint(const Endpoint& endpoint, const EgressPolicy& policy) {
  std::vector<FieldError> wrong;
  if (auto url = parse_endpoint_url(endpoint.url, policy); !url) {
    wrong.push_back({.pointer = "/url", .detail = std::move(url).error().detail});
  }
  if (endpoint.description.size() > limits::kDescriptionBytesMax) {
    wrong.push_back({.pointer = "/description",
                     .detail = "The description is longer than " +
                               std::to_string(limits::kDescriptionBytesMax) + " bytes."});
  }
  if (!endpoint.all_event_types && endpoint.event_types.none()) {
    wrong.push_back(
        {.pointer = "/event_types", .detail = "Name at least one event type, or [\"*\"] for all."});
  }
  check_retry_delays(endpoint, wrong);
  check_attempt_timeout(endpoint, wrong);
  if (wrong.empty()) return {};
  std::string detail = wrong.size() == 1
                           ? wrong.front().detail
                           : std::to_string(wrong.size()) + " fields of the endpoint are wrong.";
  return std::unexpected(Error{
      .code = ErrorCode::kInvalidInput, .detail = std::move(detail), .fields = std::move(wrong)});
}

Endpoint rotate_secret(Endpoint endpoint,
                       SealedSecret new_secret,
                       Timestamp now,
                       std::chrono::seconds overlap) {
  if (overlap > std::chrono::seconds::zero()) {
    endpoint.previous_secret = std::move(endpoint.secret);
    endpoint.previous_secret_until = now + overlap;
  } else {
    endpoint.previous_secret = {};
    endpoint.previous_secret_until = {};
  }
  endpoint.secret = std::move(new_secret);
  endpoint.updated_at = now;
  ++endpoint.version;
  return endpoint;
}

bool signs_with_previous_secret(const Endpoint& endpoint, Timestamp now) {
  return !endpoint.previous_secret.empty() && now < endpoint.previous_secret_until;
}

}  // namespace returnflows
