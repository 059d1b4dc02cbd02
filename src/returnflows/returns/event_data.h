#pragma once

#include <cstdint>
#include <string>

#include "returnflows/returns/decision.h"
#include "returnflows/returns/settings.h"

namespace returnflows::returns {

// Appends `data` of an event: {"return":…,"detail":…}, compact; types without a detail have no
// `detail`. `settings` are those that the event was decided with, `version` the number of the
// commit that it belongs to. Source: docs/receiving/payload.md#the-types-and-their-detail.
void append_event_data(std::string& out,
                       const Event& event,
                       const Settings& settings,
                       std::int64_t version);

}  // namespace returnflows::returns
