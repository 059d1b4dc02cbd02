#include "returnflows/api/timeline_json.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "returnflows/api/delivery_json.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/delivery/delivery.h"
#include "returnflows/events/event_type.h"
#include "returnflows/events/json_scan.h"

namespace returnflows {
namespace {

// Where `cause` stands among the members of an envelope; see append_envelope().
constexpr std::size_t kCauseIndex = 9;
constexpr std::size_t kEnvelopeMembers = 11;

// One line of the timeline. Of the pointers those are set that the entry is about: an attempt has
// its delivery too.
struct Entry {
  Timestamp at{};
  const EventRecord* event = nullptr;
  const DeliveryRecord* delivery = nullptr;
  const AttemptRecord* attempt = nullptr;
  std::size_t event_place = 0;  // Of the event, among those that were given.

  // What decides between entries of one moment: events, then deliveries, then attempts.
  int rank() const { return attempt != nullptr ? 2 : delivery != nullptr ? 1 : 0; }
};

std::vector<Entry> entries_of(std::span<const TimelineEvent> events) {
  std::vector<Entry> entries;
  for (std::size_t place = 0; place < events.size(); ++place) {
    const TimelineEvent& one = events[place];
    entries.push_back({.at = one.event.created_at, .event = &one.event, .event_place = place});
    for (const auto& [delivery, attempts] : one.deliveries) {
      entries.push_back({.at = delivery.created_at, .delivery = &delivery, .event_place = place});
      for (const AttemptRecord& attempt : attempts) {
        entries.push_back({.at = attempt.attempt.started_at,
                           .delivery = &delivery,
                           .attempt = &attempt,
                           .event_place = place});
      }
    }
  }
  std::ranges::sort(entries, {}, [](const Entry& entry) {
    return std::tuple(entry.at, entry.rank(), entry.event_place);
  });
  return entries;
}

// Who did what, of an envelope. Only the few bytes of `cause` are parsed: beside it lies the whole
// return.
void append_cause(JsonWriter& json, std::string_view envelope) {
  namespace bj = boost::json;
  const std::string_view span = member_value_span(envelope, kCauseIndex, kEnvelopeMembers);
  boost::system::error_code error;
  const bj::value cause = bj::parse({span.data(), span.size()}, error);
  const bj::object* const members = error ? nullptr : cause.if_object();
  json.key("cause");
  if (members == nullptr) {
    json.null();
    return;
  }
  const auto text = [&json](std::string_view name, const bj::object& from) {
    const bj::value* const value = from.if_contains(name);
    const bj::string* const found = value == nullptr ? nullptr : value->if_string();
    json.member_or_null(name, found == nullptr ? std::string_view{} : std::string_view{*found});
  };
  json.open_object();
  json.key("actor").open_object();
  const bj::value* const actor = members->if_contains("actor");
  if (actor != nullptr && actor->is_object()) {
    for (const std::string_view name : {"type", "id", "name"}) {
      text(name, actor->get_object());
    }
  }
  json.close_object();
  text("command", *members);
  json.close_object();
}

void append_event(JsonWriter& json, const EventRecord& event) {
  json.member("kind", "event");
  json.member("id", event.public_id);
  json.member("type", event_type_name(event.type));
  json.member("sequence", event.sequence);
  json.member("test", event.test);
  json.member("occurred_at", event.occurred_at);
  append_cause(json, event.body);
}

void append_owed(JsonWriter& json, const DeliveryRecord& delivery, const IdCodec& ids) {
  json.member("kind", "delivery");
  json.member("id", ids.encode(IdPrefix::kDelivery, delivery.id, delivery.created_at));
  json.member("event_id", delivery.event_public_id);
  json.member("endpoint_id",
              ids.encode(IdPrefix::kEndpoint, delivery.endpoint, delivery.endpoint_created_at));
  json.member("status", delivery_status_name(delivery.state));
  json.member("held", delivery.state == DeliveryState::kHeld);
  json.member("next_attempt_at", delivery.next_attempt_at);
}

void append_tried(JsonWriter& json, const Entry& entry, const IdCodec& ids) {
  const auto& [id, attempt, sentence, delivered] = *entry.attempt;
  json.member("kind", "attempt");
  json.member("delivery_id",
              ids.encode(IdPrefix::kDelivery, entry.delivery->id, entry.delivery->created_at));
  json.member("number", attempt.number);
  append_http_status(json, "status", attempt.status);
  json.member("result", attempt_result_name(attempt.result));
  json.member("summary", sentence);
  json.member("delivered", delivered);
  append_milliseconds(json, "duration_ms", attempt.timings.total);
}

}  // namespace

void append_timeline(JsonWriter& json, std::span<const TimelineEvent> events, const IdCodec& ids) {
  json.open_array();
  for (const Entry& entry : entries_of(events)) {
    json.open_object();
    json.member("at", entry.at);
    if (entry.attempt != nullptr) {
      append_tried(json, entry, ids);
    } else if (entry.delivery != nullptr) {
      append_owed(json, *entry.delivery, ids);
    } else {
      append_event(json, *entry.event);
    }
    json.close_object();
  }
  json.close_array();
}

}  // namespace returnflows
