#include "returnflows/carriers/scan_list.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/carriers/payload_json.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// Oldest first, and a delivery behind what else happened at its time: carriers that only give dates
// would else deliver a parcel before they took it over.
bool comes_before(const ReportedScan& a, const ReportedScan& b) {
  const auto place = [](const ReportedScan& scan) {
    return std::tuple{scan.occurred_at, scan.status == ScanStatus::kDelivered};
  };
  return place(a) < place(b);
}

// A parcel that was sent back and is then delivered is with the customer again: the rest of the
// history says "delivered" for both ends of the way.
void turn_deliveries_back(std::vector<ReportedScan>& scans) {
  std::set<std::string_view> turned_back;
  for (ReportedScan& scan : scans) {
    if (scan.status == ScanStatus::kReturnedToCustomer) turned_back.insert(scan.tracking_number);
    if (scan.status == ScanStatus::kDelivered && turned_back.contains(scan.tracking_number)) {
      scan.status = ScanStatus::kReturnedToCustomer;
    }
  }
}

}  // namespace

Status ScanList::add(HistoryEntry entry) {
  if (!entry.word || !entry.occurred_at) return {};
  const ReadStatus read = read_status(*words_, *entry.word, entry.detail);
  std::string word = clean_text(read.word, limits::kCarrierWordBytesMax);
  std::string source =
      scan_source(source_, entry.event_id, entry.tracking_number, word, *entry.occurred_at);
  return add_scan({.tracking_number = std::string{entry.tracking_number},
                   .status = read.status,
                   .carrier_status = std::move(word),
                   .description = std::move(entry.description),
                   .occurred_at = *entry.occurred_at,
                   .location = std::move(entry.location),
                   .source = std::move(source)});
}

Status ScanList::add_scan(ReportedScan scan) {
  // Linear: there are few, and only parcels with long histories come near the limit.
  if (std::ranges::find(scans_, scan.source, &ReportedScan::source) != scans_.end()) return {};
  if (scans_.size() == limits::kCarrierScansMax) {
    return wrong_field("",
                       "There are more than " + std::to_string(limits::kCarrierScansMax) +
                           " scans in one request; send them in several.",
                       ErrorCode::kTooLarge);
  }
  scans_.insert(std::ranges::upper_bound(scans_, scan, comes_before), std::move(scan));
  return {};
}

std::vector<ReportedScan> ScanList::take() && {
  turn_deliveries_back(scans_);
  return std::move(scans_);
}

std::string scan_source(std::string_view source,
                        std::optional<std::string_view> event_id,
                        std::string_view tracking_number,
                        std::string_view word,
                        Timestamp occurred_at) {
  std::string out{source};
  out += ':';
  if (event_id) {
    out += clean_text(*event_id, limits::kCarrierEventIdBytesMax);
    return out;
  }
  out += tracking_number;
  out += '/';
  out += word;
  out += '/';
  append_rfc3339(out, occurred_at);
  return out;
}

}  // namespace returnflows::carriers
