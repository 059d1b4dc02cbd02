#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/carriers/reported_scan.h"
#include "returnflows/carriers/status_words.h"

namespace returnflows::carriers {

// One entry of a carrier's history, as far as it could be read.
struct HistoryEntry {
  std::string_view tracking_number;
  std::optional<std::string_view> word;    // The carrier's status.
  std::optional<std::string_view> detail;  // Its second word.
  std::optional<Timestamp> occurred_at;
  std::optional<std::string> description;
  returns::ScanLocation location = {};
  std::optional<std::string_view> event_id = {};  // Of the scan, not of the message that brings it.
};

// Gathers the scans of one payload under the promises of parse().
class ScanList {
 public:
  // `source` is the first part of each scan's `source`; `words` must outlive the list.
  ScanList(std::string_view source, const StatusWords& words) : source_(source), words_(&words) {}

  // Leaves out what has no word or no time, and what is there already. Errors: kTooLarge for an
  // entry more than limits::kCarrierScansMax.
  Status add(HistoryEntry entry);

  // As add(), for a scan that is read already.
  Status add_scan(ReportedScan scan);

  bool is_empty() const { return scans_.empty(); }

  // Oldest first, in the order of adding where the time is the same, but deliveries last.
  std::vector<ReportedScan> take() &&;

 private:
  std::string_view source_;
  const StatusWords* words_;
  std::vector<ReportedScan> scans_;  // In their order.
};

// "<source>:<event id>", or "<source>:<tracking number>/<word>/<time>".
std::string scan_source(std::string_view source,
                        std::optional<std::string_view> event_id,
                        std::string_view tracking_number,
                        std::string_view word,
                        Timestamp occurred_at);

}  // namespace returnflows::carriers
