#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/delivery/delivery.h"
#include "returnflows/events/event_type.h"

namespace returnflows {

// The values that come out of a store. All times are those of the store's Clock.

// The bytes of one event in memory, shared by its deliveries on their way to their lanes.
struct EventBody {
  EventId id;
  std::string public_id;  // As in the body and in `webhook-id`; the producer's own where given.
  EventType type{};
  Timestamp created_at{};
  std::string body;  // The envelope exactly as stored, signed and sent.
};

// A delivery that may go out now (or at `due_at`): what the journal hands to a lane.
struct DueDelivery {
  DeliveryId id;
  EndpointId endpoint;
  Timestamp created_at{};
  Timestamp due_at{};
  int attempts_made = 0;
  // Attempts that do not count for the retry schedule: those before the last manual retry.
  int attempts_before_schedule = 0;
  std::shared_ptr<const EventBody> event;
};

// One row of the event log.
struct EventRecord {
  EventId id;
  MerchantId merchant;
  std::string public_id;
  EventType type{};
  std::string return_id;
  std::int64_t sequence = 0;
  Timestamp created_at{};
  Timestamp occurred_at{};
  bool test = false;
  std::string body;  // The whole envelope.
};

// One row of the delivery log. The event's public id and return id come with it.
struct DeliveryRecord {
  DeliveryId id;
  EventId event;
  std::string event_public_id;
  EndpointId endpoint;
  MerchantId merchant;
  EventType type{};
  std::string return_id;
  std::int64_t sequence = 0;
  DeliveryState state{};
  int attempts_made = 0;
  Timestamp created_at{};
  Timestamp updated_at{};                    // Of the last attempt or change.
  std::optional<Timestamp> next_attempt_at;  // Only while pending and not held.
  int last_status = 0;                       // Of the last attempt; 0 when there was no answer.
  std::optional<AttemptResult> last_result;
  std::string last_sentence;  // Why the last attempt counts as it does; empty without one.
  // Of the endpoint, for its public id: it may have been deleted since.
  Timestamp endpoint_created_at{};
};

// An attempt as it rests in the log.
struct AttemptRecord {
  DeliveryId delivery;
  Attempt attempt;
  std::string sentence;
  bool delivered = false;
};

struct Merchant {
  MerchantId id;
  std::string name;
  std::string slug;  // "default": what a person types; [a-z0-9-]{1,64}, unique.
  Timestamp created_at{};
};

// Who may call. The key itself is never stored: only its SHA-256.
struct ApiKey {
  ApiKeyId id;
  MerchantId merchant;  // Not set: a platform key.
  std::string description;
  std::array<std::uint8_t, 32> key_sha256{};
  std::string hint;  // The first characters, for people to tell keys apart: "rf_3Kd9…".
  bool revoked = false;
  Timestamp created_at{};
};

// One page of a list. `next` is the row to go on from, absent at the end.
template <class T>
struct Page {
  std::vector<T> rows;
  std::optional<std::int64_t> next;
};

}  // namespace returnflows
