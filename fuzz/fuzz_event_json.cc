#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/events/envelope.h"
#include "returnflows/events/payload_schema.h"
#include "returnflows/events/published_event.h"
#include "returnflows/events/schema_check.h"

namespace returnflows {
namespace {

// What was accepted must give a payload that is valid JSON and valid against the schema that
// receivers read, and must be accepted again as the same event.
void check_accepted(EventParser& parser, const PublishedEvent& event) {
  RF_CHECK(!event.return_id.empty() && event.return_id.size() <= limits::kReturnIdBytesMax);
  RF_CHECK(event.revision >= 1);
  std::string payload;
  append_envelope(payload,
                  Envelope{.id = event.client_id ? std::string_view{*event.client_id} : "evt_1",
                           .type = event.type,
                           .created_at = Timestamp{},
                           .occurred_at = event.occurred_at.value_or(Timestamp{}),
                           .account_id = "mer_1",
                           .account_name = "Example Shop",
                           .return_id = event.return_id,
                           .revision = event.revision,
                           .previous_status = event.previous_status,
                           .cause = {},
                           .data_json = event.data_json});
  simdjson::dom::parser json;
  const simdjson::padded_string padded{payload};
  simdjson::dom::element document;
  RF_CHECK(json.parse(padded).get(document) == simdjson::SUCCESS);
  std::vector<FieldError> errors;
  SchemaChecker{}.check(document, &payload_schema(event.type), nullptr, errors);
  RF_CHECK(errors.empty());
  const std::string again = "{\"data\": " + event.data_json + " ,\"type\":\"" +
                            std::string{event_type_name(event.type)} + "\"}";
  if (again.size() > limits::kEventBytesMax) return;
  const auto second = parser.parse(again);
  RF_CHECK(second.has_value());
  RF_CHECK(second->data_json == event.data_json);
  RF_CHECK(second->return_id == event.return_id);
  RF_CHECK(second->revision == event.revision);
  RF_CHECK(second->previous_status == event.previous_status);
}

void check_refused(const Error& error) {
  RF_CHECK(!error.detail.empty());
  RF_CHECK(error.fields.size() <= limits::kFieldErrorsMax);
  for (const FieldError& field : error.fields)
    RF_CHECK(!field.detail.empty());
}

}  // namespace
}  // namespace returnflows

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;
  static EventParser parser;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto event = parser.parse(text)) {
    check_accepted(parser, *event);
    // One event on one line is a batch of one.
    if (!text.contains('\n')) RF_CHECK(parser.parse_batch(text).has_value());
    RF_CHECK(parser.parse_batch("[" + text + "]").has_value());
  } else {
    check_refused(event.error());
  }
  if (const auto events = parser.parse_batch(text)) {
    RF_CHECK(!events->empty() && events->size() <= limits::kBatchEventsMax);
    for (const PublishedEvent& event : *events)
      check_accepted(parser, event);
  } else {
    check_refused(events.error());
  }
  return 0;
}
