#include "returnflows/api/delivery_json.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "returnflows/delivery/attempt.h"
#include "returnflows/delivery/delivery.h"

namespace returnflows {
namespace {

// The raw header lines as [name, value] pairs, in their order.
void append_header_pairs(JsonWriter& json, std::string_view lines) {
  json.key("headers").open_array();
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) {
      value.remove_prefix(1);
    }
    json.open_array();
    json.text(line.substr(0, colon));
    json.text(value);
    json.close_array();
  }
  json.close_array();
}

// The word for what went wrong before there was an answer.
void append_error(JsonWriter& json,
                  std::string_view name,
                  const std::optional<AttemptResult>& result) {
  if (!result || *result == AttemptResult::kAnswered) {
    json.key(name).null();
  } else {
    json.member(name, attempt_result_name(*result));
  }
}

void append_attempt(JsonWriter& json, const AttemptRecord& record) {
  const Attempt& attempt = record.attempt;
  json.open_object();
  json.member("number", attempt.number);
  json.member("started_at", attempt.started_at);
  append_milliseconds(json, "duration_ms", attempt.timings.total);
  json.key("timings").open_object();
  append_milliseconds(json, "dns_ms", attempt.timings.dns);
  append_milliseconds(json, "connect_ms", attempt.timings.connect);
  append_milliseconds(json, "tls_ms", attempt.timings.tls);
  append_milliseconds(json, "first_byte_ms", attempt.timings.first_byte);
  append_milliseconds(json, "total_ms", attempt.timings.total);
  json.close_object();
  json.member_or_null("remote_address", attempt.remote_address);
  append_http_status(json, "status", attempt.status);
  append_header_pairs(json, attempt.answer_headers);
  json.member("body", attempt.answer_body);
  json.member("body_truncated", attempt.answer_body_cut);
  append_error(json, "error", attempt.result);
  json.member("summary", record.sentence);
  json.member("delivered", record.delivered);
  json.close_object();
}

}  // namespace

void append_milliseconds(JsonWriter& json,
                         std::string_view name,
                         const std::optional<std::chrono::microseconds>& duration) {
  if (!duration) {
    json.key(name).null();
    return;
  }
  const std::int64_t micros = duration->count();
  const std::string decimals = std::to_string(1000 + micros % 1000);
  json.key(name).raw(std::to_string(micros / 1000) + "." + decimals.substr(1));
}

void append_http_status(JsonWriter& json, std::string_view name, int status) {
  if (status == 0) {
    json.key(name).null();
  } else {
    json.member(name, status);
  }
}

void append_delivery(JsonWriter& json,
                     const DeliveryRecord& delivery,
                     const IdCodec& ids,
                     const std::vector<AttemptRecord>* attempts) {
  json.open_object();
  json.member("id", ids.encode(IdPrefix::kDelivery, delivery.id, delivery.created_at));
  json.member("event_id", delivery.event_public_id);
  json.member("event_type", event_type_name(delivery.type));
  json.member("endpoint_id",
              ids.encode(IdPrefix::kEndpoint, delivery.endpoint, delivery.endpoint_created_at));
  json.member("return_id", delivery.return_id);
  json.member("status", delivery_status_name(delivery.state));
  json.member("held", delivery.state == DeliveryState::kHeld);
  json.member("attempts_made", delivery.attempts_made);
  json.member("next_attempt_at", delivery.next_attempt_at);
  append_http_status(json, "last_status", delivery.last_status);
  append_error(json, "last_error", delivery.last_result);
  json.member_or_null("summary", delivery.last_sentence);
  json.member("created_at", delivery.created_at);
  json.member("updated_at", delivery.updated_at);
  if (attempts != nullptr) {
    json.key("attempts").open_array();
    for (const AttemptRecord& attempt : *attempts) {
      append_attempt(json, attempt);
    }
    json.close_array();
  }
  json.close_object();
}

}  // namespace returnflows
