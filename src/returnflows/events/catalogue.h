#pragma once

#include <span>
#include <string_view>

#include "returnflows/events/event_type.h"

namespace returnflows {

// One row of the catalogue: all that the API, the docs and the console say about a type.
struct EventTypeInfo {
  EventType type{};
  std::string_view name;
  std::string_view summary;      // One line: "A return was created by the customer".
  std::string_view description;  // When it is sent and what it means, a few sentences.
  std::string_view schema;       // JSON Schema 2020-12 of the whole payload (envelope and data).
  std::string_view sample;       // A full payload, compact JSON, valid against `schema`.
  std::string_view sample_data;  // The `data` of the sample, for publishing and for tests.
};

// The 16 rows in the order of their numbers; valid for the life of the process.
std::span<const EventTypeInfo> event_catalogue();
const EventTypeInfo& describe(EventType type);

}  // namespace returnflows
