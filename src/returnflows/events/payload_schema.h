#pragma once

#include "returnflows/events/event_type.h"
#include "returnflows/events/json_schema.h"

namespace returnflows {

// The compiled form of EventTypeInfo::schema: the whole payload, envelope and data. The process
// aborts on the first call when an embedded schema cannot be compiled. Thread: any.
const SchemaNode& payload_schema(EventType type);

// The part of it that `data` has to obey.
const SchemaNode& data_schema(EventType type);

}  // namespace returnflows
