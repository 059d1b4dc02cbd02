#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/events/event_type.h"

namespace returnflows {

// An event as a producer published it, checked against its type's schema.
struct PublishedEvent {
  EventType type{};
  std::string return_id;                       // data.return.id: the ordering key.
  std::int64_t revision = 1;                   // data.return.revision, 1 when absent.
  std::optional<std::string> previous_status;  // data.return.previous_status.
  std::optional<Timestamp> occurred_at;
  std::optional<std::string> client_id;  // The event id that the producer chose.
  std::string data_json;  // The bytes of `data` as they came, unknown fields included.
};

// Parses and checks published events. Keeps its buffers between calls. Thread: one at a time.
//
// Checked: valid UTF-8, one JSON value, depth <= limits::kJsonDepthMax, size <=
// limits::kEventBytesMax, no duplicate keys anywhere, `type` known, `data` valid for its type
// (data.return.id required, every other known field optional but of its type; unknown fields kept),
// `id` of [A-Za-z0-9_-]{1,64}, `occurred_at` RFC 3339.
// Errors: kInvalidInput or kTooLarge, with one FieldError per wrong field (JSON pointers into the
// given document; at most 20 of them).
class EventParser {
 public:
  EventParser();
  EventParser(EventParser&&) noexcept;
  EventParser& operator=(EventParser&&) noexcept;
  ~EventParser();

  // `{"type": …, "data": {…}, "occurred_at"?: …, "id"?: …}`
  Result<PublishedEvent> parse(std::string_view json);

  // A JSON array of these or NDJSON (one a line, blank lines skipped), at most
  // limits::kBatchEventsMax. Pointers start with the index: "/3/data/return/id". One wrong event
  // refuses the whole batch: nothing is half accepted.
  Result<std::vector<PublishedEvent>> parse_batch(std::string_view body);

  // Checks `data` alone for `type` (samples, emitted payloads). Pointers start at data's inside.
  Status check_data(EventType type, std::string_view data_json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace returnflows
