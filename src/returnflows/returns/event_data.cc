#include "returnflows/returns/event_data.h"

#include <string>
#include <variant>

#include "returnflows/base/json_writer.h"
#include "returnflows/returns/snapshot.h"
#include "returnflows/returns/snapshot_facts.h"

namespace returnflows::returns {
namespace {

// Writes the members of a detail.
class DetailWriter {
 public:
  DetailWriter(JsonWriter& json, EventType type) : json_(json), type_(type) {}

  void operator()(std::monostate /*none*/) const {}

  void operator()(const ProcessedDetail& detail) const {
    json_.member("source", process_source_name(detail.source));
    json_.member("inspected", detail.inspection == Inspection::kInspected);
  }

  void operator()(const CanceledDetail& detail) const {
    json_.member("reason", detail.reason);
    json_.member("label_voided", detail.is_label_voided);
    json_.member("exchange_canceled", detail.is_exchange_canceled);
  }

  void operator()(const PausedDetail& detail) const {
    json_.member("scope", scope_name(detail.scope));
    json_.member("auto_close_was_running", detail.was_auto_close_running);
  }

  void operator()(const ResumedDetail& detail) const {
    json_.member("scope", scope_name(detail.scope));
    json_.member("paused_at", detail.paused_at);
    json_.member("paused_seconds", detail.paused_seconds);
  }

  void operator()(const ClosedDetail& detail) const {
    json_.member("closed_by", actor_type_name(detail.closed_by));
    append_texts(json_, "payouts", detail.payout_ids);
    json_.member("exchange_released", detail.is_exchange_released);
    json_.member("after_close_check_at", detail.after_close_check_at);
  }

  void operator()(const InstantExchangeDetail& detail) const {
    json_.member("trigger", "hand_in");  // Nothing else releases it early.
    json_.member("shipment_id", detail.shipment_id);
    json_.member("exchange_order_number", detail.exchange_order_number);
  }

  void operator()(const ResetDetail& detail) const {
    json_.member("revision_before", detail.revision_before);
    json_.member("revision_after", detail.revision_before + 1);
    append_texts(json_, "cleared", detail.cleared);
    json_.member("reason", detail.reason);
  }

  void operator()(const LabelDetail& detail) const { json_.member("label_id", detail.label_id); }

  void operator()(const AutoCloseInitiatedDetail& detail) const {
    json_.member("trigger", trigger_name(detail.trigger));
    json_.member("trigger_at", detail.trigger_at);
    json_.member("delay_hours", detail.delay_hours);
    json_.member("closes_at", detail.closes_at);
    json_.member("attempt", detail.attempt);
  }

  void operator()(const AutoCloseCancelledDetail& detail) const {
    json_.member("reason", cancel_reason_name(detail.reason));
    json_.member("was_closing_at", detail.was_closing_at);
    json_.member("attempt", detail.attempt);
    json_.member("rearm", detail.is_latched ? "manual" : "auto");
  }

  void operator()(const AutoCloseCompletedDetail& detail) const {
    json_.member("attempt", detail.attempt);
    json_.member("closed_at", detail.closed_at);
  }

  void operator()(const AutoCloseFailedDetail& detail) const {
    json_.member("attempt", detail.attempt);
    json_.member("phase", failure_phase_name(detail.failure.phase));
    json_.key("error").open_object();
    json_.member("code", kPayoutFailedCode);
    json_.member("payout_id", detail.failure.payout_id);
    json_.member("retryable", detail.failure.is_retryable);
    json_.close_object();
    json_.key("next_attempt_at").null();  // Any failure waits for staff.
    json_.member("return_closed", detail.is_return_closed);
  }

  void operator()(const ShipmentDetail& detail) const {
    json_.member("shipment_id", detail.shipment_id);
    json_.member("tracking_event_index", detail.scan_index);
    if (type_ == EventType::kShipmentInTransit) json_.member("handed_in", !detail.is_inferred);
    json_.member("inferred", detail.is_inferred);
  }

 private:
  JsonWriter& json_;
  EventType type_;
};

}  // namespace

void append_event_data(std::string& out,
                       const Event& event,
                       const Settings& settings,
                       std::int64_t version) {
  out += R"({"return":)";
  append_snapshot(out, event.snapshot, settings, version);
  if (!std::holds_alternative<std::monostate>(event.detail)) {
    out += R"(,"detail":)";
    JsonWriter json(out);
    json.open_object();
    std::visit(DetailWriter{json, event.type}, event.detail);
    json.close_object();
  }
  out += '}';
}

}  // namespace returnflows::returns
