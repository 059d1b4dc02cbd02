#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/events/event_type.h"

namespace returnflows {

// The version of the payload shape that endpoints are pinned to when they are created.
inline constexpr std::string_view kApiVersion = "2026-02-01";

// Who made an event happen, as `cause` in the envelope.
struct Cause {
  std::string_view actor_type = "api";  // customer, staff, api, wms, carrier, system, auto_close
  std::optional<std::string_view> actor_id;
  std::optional<std::string_view> actor_name;
  std::string_view command = "PublishEvent";
  std::optional<std::string_view> correlation_id;
};

// All that the envelope of an event says. Views must outlive the call that takes them.
struct Envelope {
  std::string_view id;
  EventType type{};
  bool test = false;  // environment: "test" instead of "live".
  Timestamp created_at{};
  Timestamp occurred_at{};
  std::string_view account_id;
  std::string_view account_name;
  std::string_view return_id;
  std::int64_t sequence = 1;
  std::int64_t revision = 1;
  std::optional<std::string_view> previous_status;
  Cause cause;
  std::string_view data_json;  // A JSON object, taken as it is.
};

// Appends the envelope's JSON, compact, keys in the order of the documentation, every key present.
// These are the bytes that are stored, signed and sent; they never change afterwards.
// Source: docs/receiving/payload.md.
void append_envelope(std::string& out, const Envelope& envelope);

}  // namespace returnflows
