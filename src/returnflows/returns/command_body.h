#pragma once

#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/returns/command.h"

// The bodies of the returns API as commands. Source: docs/returns.md#over-http.
//
// Errors of all: kInvalidInput with every problem, its JSON pointer and the fix; kTooLarge beyond
// limits::kRequestBytesMax. Whether the return's state allows the command is for decide() to say.
namespace returnflows::returns {

// The body of POST /v1/returns/{id}/<name>, which may be empty. All take `actor` {type, id, name},
// `reason` and `note`; where a command keeps no reason or note, they are checked and dropped. That
// the `items` of `process` are those of the return is for decide() to check, too.
Result<Command> parse_command(CommandName name, std::string_view body);

// The body of POST /v1/scans: `tracking_number`, `status`, `occurred_at`, and optionally `source`,
// `event_id`, `carrier_status`, `description`, `location`.
Result<CarrierScan> parse_scan(std::string_view body);

}  // namespace returnflows::returns
