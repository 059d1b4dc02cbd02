#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "returnflows/base/clock.h"

namespace returnflows::carriers {

// The time that a carrier wrote: RFC 3339, also with an offset without colon, without an offset,
// without seconds, or a date alone. What has no offset counts as UTC: the zone is that of a place
// that the carrier does not name, and UTC is at most 14 hours off.
//
// Returns nullopt for anything else, and for years before 2000 or after 2099: those are the zero
// values of somebody's database, not times.
std::optional<Timestamp> parse_carrier_time(std::string_view text);

// As above, from unix seconds.
std::optional<Timestamp> from_unix_seconds(std::int64_t seconds);

}  // namespace returnflows::carriers
