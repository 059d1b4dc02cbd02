#include "returnflows/returns/snapshot.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/json_writer.h"
#include "returnflows/returns/snapshot_facts.h"

namespace returnflows::returns {
namespace {

// A return of three items with one parcel takes about 7 KB.
constexpr std::size_t kUsualBytes = 8UL * 1024;

// Returns that were made without facts have none to show.
const ReturnFacts kNoFacts{};

bool is_instant(const ReturnState& state, const Settings& settings) {
  return settings.instant_exchange == Switch::kOn ||
         state.exchange.release_reason == ReleaseReason::kInstantExchange;
}

void append_itself(JsonWriter& json, const ReturnState& state, const ReturnFacts& facts) {
  json.member("kind", facts.kind);
  json.member("status", lifecycle_name(state.lifecycle));
  const bool has_previous = state.previous_lifecycle != Lifecycle::kNone;
  json.member_or_null("previous_status",
                      has_previous ? lifecycle_name(state.previous_lifecycle) : "");
  json.member("display_status", display_status(state));
  json.key("flags").open_object();
  json.member("paused", state.pause.has_value());
  json.member("needs_review", state.flags.needs_review);
  json.member("fraud_hold", state.flags.fraud_hold);
  json.close_object();
  append_market(json, facts.market);
  json.member("source", facts.source);
  json.member("created_at", state.created_at);
  json.member("updated_at", state.updated_at);
  json.member("completed_at", state.completed_at);
  json.member("processed_at", state.processed_at);
  json.member("closed_at", state.closed_at);
  json.member("canceled_at", state.canceled_at);
  json.member_or_null("closed_by", state.closed_by ? actor_type_name(*state.closed_by) : "");
  json.member("hand_in_deadline", state.hand_in_deadline);
}

void append_payment(JsonWriter& json, const Payment& payment) {
  json.key("payment").open_object();
  json.member("status", payment_status_name(payment.status));
  append_money(json, "due", payment.due);
  json.member("paid_at", payment.paid_at);
  json.member("provider", payment.provider);
  json.member("reference", payment.reference);
  json.close_object();
}

void append_payout(JsonWriter& json, const Payout& payout) {
  json.open_object();
  json.member("id", payout.id);
  json.member("kind", payout_kind_name(payout.kind));
  append_money(json, "amount", payout.amount);
  json.member("gateway", payout.gateway);
  json.member("parent_transaction_id", payout.parent_transaction_id);
  json.member("status", payout_status_name(payout.status));
  json.member("external_id", payout.external_id);
  json.key("error");
  if (payout.error) {
    json.open_object();
    json.member("code", payout.error->code);
    json.member("message", payout.error->message);
    json.member("retryable", payout.error->is_retryable);
    json.close_object();
  } else {
    json.null();
  }
  json.member("executed_at", payout.executed_at);
  json.close_object();
}

void append_exchange(JsonWriter& json,
                     const ReturnState& state,
                     const ReturnFacts& facts,
                     const Settings& settings) {
  const ExchangeRegion& exchange = state.exchange;
  json.key("exchange");
  if (exchange.status == ExchangeStatus::kNone) {
    json.null();
    return;
  }
  const ExchangeFacts placed = facts.exchange.value_or(ExchangeFacts{});
  json.open_object();
  json.member("status", exchange_status_name(exchange.status));
  json.member("instant", is_instant(state, settings));
  json.member("release_trigger", is_instant(state, settings) ? "hand_in" : "close");
  json.member("order_id", placed.order_id);
  json.member("order_number", exchange.order_number);
  json.member("strategy", placed.strategy);
  json.key("items").open_array();
  for (const ExchangeItem& item : placed.items) {
    json.open_object();
    json.member("sku", item.sku);
    json.member("quantity", item.quantity);
    json.close_object();
  }
  json.close_array();
  json.member("released_at", exchange.released_at);
  json.member_or_null("release_reason",
                      exchange.release_reason ? release_reason_name(*exchange.release_reason) : "");
  json.close_object();
}

void append_label(JsonWriter& json, const Label& label) {
  json.open_object();
  json.member("id", label.id);
  json.member("carrier", label.carrier);
  json.member("carrier_name", label.form.carrier_name);
  json.member("service", label.form.service);
  json.member("format", label.form.format);
  json.member("url", label.url);
  json.member("qr_code_url", label.form.qr_code_url);
  json.member("labelless", label.form.is_labelless);
  json.member("tracking_number", label.tracking_number);
  json.member("tracking_url", label.form.tracking_url);
  append_money(json, "cost", label.form.cost);
  json.member("generated_at", label.generated_at);
  json.member("replaces_label_id", label.replaces_label_id);
  json.member("voided_at", label.voided_at);
  json.close_object();
}

void append_scan(JsonWriter& json, const ShipmentScan& scan) {
  json.open_object();
  json.member("at", scan.at);
  json.member("status", scan_status_name(scan.status));
  json.member("carrier_status", scan.carrier_status);
  json.member("description", scan.description);
  json.key("location").open_object();
  json.member("name", scan.location.name);
  json.member("city", scan.location.city);
  json.member("country_code", scan.location.country_code);
  json.close_object();
  json.member("source", scan.source);
  json.member("received_at", scan.received_at);
  json.close_object();
}

void append_shipment(JsonWriter& json, const Shipment& shipment) {
  json.open_object();
  json.member("id", shipment.id);
  json.member("label_id", shipment.label_id);
  json.member("direction", "return");
  json.member("carrier", shipment.carrier);
  json.member("tracking_number", shipment.tracking_number);
  json.member("status", scan_status_name(shipment.status));
  json.member("carrier_status", shipment.carrier_status);
  json.member("last_event_at", shipment.last_event_at);
  json.member("handed_in_at", shipment.handed_in_at);
  json.member("delivered_at", shipment.delivered_at);
  json.member("inferred_in_transit", shipment.is_in_transit_inferred);
  json.key("weight_grams").null();  // No carrier's scan tells it.
  json.key("events").open_array();
  for (const ShipmentScan& scan : shipment.scans)
    append_scan(json, scan);
  json.close_array();
  json.close_object();
}

void append_auto_close(JsonWriter& json, const AutoCloseRegion& region, const Settings& settings) {
  json.key("auto_close").open_object();
  json.member("enabled", settings.auto_close == Switch::kOn);
  json.member("trigger", trigger_name(settings.trigger));
  json.member("delay_hours", settings.delay.count());
  json.member("status", auto_close_status_name(region.status));
  json.member("attempt", region.attempt);
  json.member("initiated_at", region.initiated_at);
  json.member("closes_at", region.closes_at);
  json.member("cancelled_at", region.cancelled_at);
  json.member_or_null("cancel_reason",
                      region.cancel_reason ? cancel_reason_name(*region.cancel_reason) : "");
  json.member("completed_at", region.completed_at);
  json.member("failed_at", region.failed_at);
  json.key("error");
  if (region.failure) {
    json.open_object();
    json.member("code", kPayoutFailedCode);
    json.member("payout_id", region.failure->payout_id);
    json.member("phase", failure_phase_name(region.failure->phase));
    json.member("message", region.failure->message);
    json.member("retryable", region.failure->is_retryable);
    json.close_object();
  } else {
    json.null();
  }
  json.close_object();
}

void append_pause(JsonWriter& json, const std::optional<Pause>& pause) {
  json.key("pause");
  if (!pause) {
    json.null();
    return;
  }
  json.open_object();
  json.member("scope", scope_name(pause->scope));
  json.member("reason", pause->reason);
  json.member("note", pause->note);
  json.member("paused_at", pause->paused_at);
  json.key("paused_by").open_object();
  json.member("type", actor_type_name(pause->paused_by.type));
  json.member("id", pause->paused_by.id);
  json.member("name", pause->paused_by.name);
  json.close_object();
  json.key("auto_resume_at").null();  // A pause ends by a command only.
  json.close_object();
}

void append_alert(JsonWriter& json, const Alert& alert) {
  json.open_object();
  json.member("id", alert.id);
  json.member("severity", alert_severity(alert.code));
  json.member("code", alert_code_name(alert.code));
  json.member("raised_at", alert.raised_at);
  json.member("cleared_at", alert.cleared_at);
  json.close_object();
}

void append_timeline_entry(JsonWriter& json, const TimelineEntry& entry) {
  json.open_object();
  json.member("at", entry.at);
  json.member("type", entry.type ? event_type_name(*entry.type) : "note");
  json.member("actor", actor_type_name(entry.actor));
  json.member("message", entry.type ? event_type_name(*entry.type) : std::string_view{entry.note});
  json.member("sequence", entry.sequence);
  json.close_object();
}

template <class Entry>
void append_list(JsonWriter& json,
                 std::string_view name,
                 const std::vector<Entry>& entries,
                 void (*append)(JsonWriter&, const Entry&)) {
  json.key(name).open_array();
  for (const Entry& entry : entries)
    append(json, entry);
  json.close_array();
}

}  // namespace

void append_snapshot(std::string& out,
                     const ReturnState& state,
                     const Settings& settings,
                     std::int64_t version) {
  const ReturnFacts& facts = state.facts ? *state.facts : kNoFacts;
  out.reserve(out.size() + kUsualBytes);
  JsonWriter json(out);
  json.open_object();
  json.member("id", state.id);
  json.member("number", facts.number);
  json.member("iteration", facts.iteration);
  json.member("revision", state.revision);
  json.member("version", version);
  append_itself(json, state, facts);
  append_order(json, facts.order);
  append_customer(json, facts.customer);
  append_items(json, facts.items, state);
  append_totals(json, state.processed_totals.value_or(facts.totals), facts.market.currency.code());
  append_payment(json, state.payment);
  append_list(json, "payouts", state.payouts, append_payout);
  append_exchange(json, state, facts, settings);
  append_list(json, "labels", state.labels, append_label);
  append_list(json, "shipments", state.shipments, append_shipment);
  append_auto_close(json, state.auto_close, settings);
  append_pause(json, state.pause);
  append_list(json, "alerts", state.alerts, append_alert);
  append_links(json, facts.links);
  json.key("metadata").raw(facts.metadata_json.empty() ? "{}" : facts.metadata_json);
  append_list(json, "timeline", state.timeline, append_timeline_entry);
  json.close_object();
}

void append_payout(std::string& out, const Payout& payout) {
  JsonWriter json(out);
  append_payout(json, payout);
}

}  // namespace returnflows::returns
