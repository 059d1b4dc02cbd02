#include "returnflows/carriers/reported_scan.h"

#include <utility>

namespace returnflows::carriers {

returns::CarrierScan to_command(ReportedScan scan) {
  return {.tracking_number = std::move(scan.tracking_number),
          .status = scan.status,
          .occurred_at = scan.occurred_at,
          .carrier_status = std::move(scan.carrier_status),
          .description = std::move(scan.description),
          .location = std::move(scan.location),
          .source = std::move(scan.source)};
}

}  // namespace returnflows::carriers
