#pragma once

#include <optional>
#include <string>

#include "returnflows/base/clock.h"
#include "returnflows/returns/command.h"
#include "returnflows/returns/return_state.h"

namespace returnflows::carriers {

// One scan as a carrier reported it, in our words. Texts are valid UTF-8 without control
// characters.
struct ReportedScan {
  std::string tracking_number = {};  // At most limits::kTrackingNumberBytesMax, never empty.
  returns::ScanStatus status = returns::ScanStatus::kLabelCreated;
  std::optional<std::string> carrier_status =
      {};                                       // The carrier's word that `status` was read from.
  std::optional<std::string> description = {};  // Cut at limits::kScanTextBytesMax.
  Timestamp occurred_at;                        // The carrier's time.
  returns::ScanLocation location = {};
  // What tells a repeated scan: "<source>:<event id>", or, where the feed has no ids of scans,
  // "<source>:<tracking number>/<carrier's word>/<time>".
  std::string source = {};

  bool operator==(const ReportedScan&) const = default;
};

// The command that the return of that tracking number is given.
returns::CarrierScan to_command(ReportedScan scan);

}  // namespace returnflows::carriers
