#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/returns/command.h"
#include "returnflows/returns/return_state.h"

// What `data.detail` says beside the snapshot, one struct per event that has one. return.created
// and return.completed have none. Source: docs/receiving/payload.md.
namespace returnflows::returns {

struct ProcessedDetail {
  ProcessSource source = ProcessSource::kStaff;
  Inspection inspection = Inspection::kNotInspected;
};

struct CanceledDetail {
  std::optional<std::string> reason;
  bool is_label_voided = false;
  bool is_exchange_canceled = false;
};

struct PausedDetail {
  Scope scope = Scope::kReturn;
  bool was_auto_close_running = false;
};

struct ResumedDetail {
  Scope scope = Scope::kReturn;  // Of the pause that ends, whichever command ended it.
  Timestamp paused_at;
  std::int64_t paused_seconds = 0;
};

struct ClosedDetail {
  ActorType closed_by = ActorType::kStaff;
  std::vector<std::string> payout_ids;
  bool is_exchange_released = false;
  Timestamp after_close_check_at;
};

struct InstantExchangeDetail {
  std::string shipment_id;
  std::optional<std::string> exchange_order_number;
};

struct ResetDetail {
  std::int64_t revision_before = 1;
  std::vector<std::string> cleared;
  std::optional<std::string> reason;
};

struct LabelDetail {
  std::string label_id;
};

struct AutoCloseInitiatedDetail {
  Trigger trigger = Trigger::kDelivered;
  Timestamp trigger_at;
  std::int64_t delay_hours = 0;
  Timestamp closes_at;
  std::int64_t attempt = 1;
};

struct AutoCloseCancelledDetail {
  CancelReason reason = CancelReason::kStaff;
  std::optional<Timestamp> was_closing_at;
  std::int64_t attempt = 1;
  bool is_latched = false;  // rearm: "manual"; else "auto".
};

struct AutoCloseCompletedDetail {
  std::int64_t attempt = 1;
  Timestamp closed_at;
};

struct AutoCloseFailedDetail {
  std::int64_t attempt = 1;
  AutoCloseFailure failure;
  bool is_return_closed = false;
};

struct ShipmentDetail {
  std::string shipment_id;
  std::size_t scan_index = 0;
  bool is_inferred = false;
};

using EventDetail = std::variant<std::monostate,
                                 ProcessedDetail,
                                 CanceledDetail,
                                 PausedDetail,
                                 ResumedDetail,
                                 ClosedDetail,
                                 InstantExchangeDetail,
                                 ResetDetail,
                                 LabelDetail,
                                 AutoCloseInitiatedDetail,
                                 AutoCloseCancelledDetail,
                                 AutoCloseCompletedDetail,
                                 AutoCloseFailedDetail,
                                 ShipmentDetail>;

}  // namespace returnflows::returns
