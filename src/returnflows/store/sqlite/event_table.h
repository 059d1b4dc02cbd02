#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/records.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/recent_bodies.h"
#include "returnflows/store/transition.h"

namespace returnflows::sqlite {

// One event as it is written.
struct EventRow {
  EventId id{};
  MerchantId merchant{};
  EventType type{};
  std::int64_t return_hash = 0;
  std::int64_t sequence = 0;
  std::int64_t revision = 1;
  bool test = false;
  Timestamp created_at{};
  Timestamp occurred_at{};
  DeliveryId first_delivery{};  // Its deliveries have consecutive ids; 0 without any.
  std::size_t delivery_count = 0;
  std::int64_t client_hash = 0;  // 0 without a client id.
  std::string_view client_id{};
  std::string_view content{};  // The fingerprint's bytes; kept for events with a client id.
  std::string_view return_id{};
  std::string_view body{};
};

// Checks stored bytes against their checksum. Errors: kCorruption, naming the event.
Status check_body(EventId event, std::string_view body, std::int64_t crc);

// The id that the outside knows an event by.
std::string public_event_id(const IdCodec& ids,
                            EventId event,
                            Timestamp created_at,
                            std::optional<std::string_view> client_id);

// Writes events, and reads those that the journal's thread needs again. Thread: the journal's.
class EventTable {
 public:
  static Result<EventTable> open(Connection& connection, const IdCodec& ids);

  // The row number of the event to come. Never given twice.
  EventId next_id() const { return EventId{last_id_ + 1}; }

  EventId last_id() const { return EventId{last_id_}; }

  // Writes the event that has next_id(), and keeps `body` for deliveries released soon.
  Status insert(const EventRow& row, std::shared_ptr<const EventBody> body);

  // Errors: kCorruption when the row is missing or its bytes are not what was written.
  Result<std::shared_ptr<const EventBody>> body(EventId event);

  // What the producer was answered, and for events with a client id its content's fingerprint.
  struct Known {
    AcceptEvents::Accepted accepted;
    std::optional<Fingerprint> content;
  };

  Result<std::optional<Known>> find(EventId event);

 private:
  explicit EventTable(const IdCodec& ids);

  const IdCodec* ids_;
  std::int64_t last_id_ = 0;
  RecentBodies recent_;
  Statement insert_;
  Statement body_;
  Statement find_;
};

}  // namespace returnflows::sqlite
