#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "returnflows/base/limits.h"
#include "returnflows/returns/facts.h"
#include "returnflows/returns/return_state.h"

// The members of what is stored of a return, each with its name in the text, in the order in which
// they stand there. Writing and reading both go through these lists, so that they cannot differ.
// A list calls `fields(name, member)`, for vectors with a bound `fields(name, member, count_max)`.
// Source: docs/formats/return_state.md; change that page and kTextVersion with a list.
namespace returnflows::returns {

template <class T, class Stored>
concept Storing = std::same_as<std::remove_const_t<T>, Stored>;

template <class Fields, Storing<Actor> T>
void each_field(Fields& fields, T& actor) {
  fields("type", actor.type);
  fields("id", actor.id);
  fields("name", actor.name);
}

template <class Fields, Storing<Pause> T>
void each_field(Fields& fields, T& pause) {
  fields("scope", pause.scope);
  fields("reason", pause.reason);
  fields("note", pause.note);
  fields("at", pause.paused_at);
  fields("by", pause.paused_by);
}

template <class Fields, Storing<Payment> T>
void each_field(Fields& fields, T& payment) {
  fields("status", payment.status);
  fields("due", payment.due);
  fields("paid_at", payment.paid_at);
  fields("provider", payment.provider);
  fields("reference", payment.reference);
}

template <class Fields, Storing<PayoutError> T>
void each_field(Fields& fields, T& error) {
  fields("code", error.code);
  fields("message", error.message);
  fields("retryable", error.is_retryable);
}

template <class Fields, Storing<Payout> T>
void each_field(Fields& fields, T& payout) {
  fields("id", payout.id);
  fields("kind", payout.kind);
  fields("amount", payout.amount);
  fields("gateway", payout.gateway);
  fields("parent", payout.parent_transaction_id);
  fields("status", payout.status);
  fields("outcome_unknown", payout.is_outcome_unknown);
  fields("checked", payout.is_checked);
  fields("external_id", payout.external_id);
  fields("last_characters", payout.last_characters);
  fields("error", payout.error);
  fields("executed_at", payout.executed_at);
}

template <class Fields, Storing<ExchangeRegion> T>
void each_field(Fields& fields, T& exchange) {
  fields("status", exchange.status);
  fields("order_number", exchange.order_number);
  fields("released_at", exchange.released_at);
  fields("reason", exchange.release_reason);
}

template <class Fields, Storing<LabelForm> T>
void each_field(Fields& fields, T& form) {
  fields("carrier_name", form.carrier_name);
  fields("service", form.service);
  fields("format", form.format);
  fields("qr_code_url", form.qr_code_url);
  fields("labelless", form.is_labelless);
  fields("tracking_url", form.tracking_url);
  fields("cost", form.cost);
}

template <class Fields, Storing<Label> T>
void each_field(Fields& fields, T& label) {
  fields("id", label.id);
  fields("carrier", label.carrier);
  fields("tracking", label.tracking_number);
  fields("url", label.url);
  fields("form", label.form);
  fields("at", label.generated_at);
  fields("replaces", label.replaces_label_id);
  fields("voided_at", label.voided_at);
}

template <class Fields, Storing<ScanLocation> T>
void each_field(Fields& fields, T& location) {
  fields("name", location.name);
  fields("city", location.city);
  fields("country", location.country_code);
}

template <class Fields, Storing<ShipmentScan> T>
void each_field(Fields& fields, T& scan) {
  fields("at", scan.at);
  fields("status", scan.status);
  fields("carrier_status", scan.carrier_status);
  fields("description", scan.description);
  fields("location", scan.location);
  fields("source", scan.source);
  fields("received_at", scan.received_at);
}

template <class Fields, Storing<Shipment> T>
void each_field(Fields& fields, T& shipment) {
  fields("id", shipment.id);
  fields("label", shipment.label_id);
  fields("carrier", shipment.carrier);
  fields("tracking", shipment.tracking_number);
  fields("status", shipment.status);
  fields("carrier_status", shipment.carrier_status);
  fields("last_event_at", shipment.last_event_at);
  fields("handed_in_at", shipment.handed_in_at);
  fields("delivered_at", shipment.delivered_at);
  fields("inferred", shipment.is_in_transit_inferred);
  fields("created_at", shipment.created_at);
  fields("scans", shipment.scans, limits::kScansKept);
}

template <class Fields, Storing<AutoCloseFailure> T>
void each_field(Fields& fields, T& failure) {
  fields("payout", failure.payout_id);
  fields("phase", failure.phase);
  fields("message", failure.message);
  fields("retryable", failure.is_retryable);
}

template <class Fields, Storing<AutoCloseRegion> T>
void each_field(Fields& fields, T& auto_close) {
  fields("status", auto_close.status);
  fields("attempt", auto_close.attempt);
  fields("latched", auto_close.is_latched);
  fields("counts_from", auto_close.counts_from);
  fields("initiated_at", auto_close.initiated_at);
  fields("closes_at", auto_close.closes_at);
  fields("cancelled_at", auto_close.cancelled_at);
  fields("cancel_reason", auto_close.cancel_reason);
  fields("completed_at", auto_close.completed_at);
  fields("failed_at", auto_close.failed_at);
  fields("failure", auto_close.failure);
}

template <class Fields, Storing<Flags> T>
void each_field(Fields& fields, T& flags) {
  fields("needs_review", flags.needs_review);
  fields("fraud_hold", flags.fraud_hold);
  fields("tracking_lost", flags.tracking_lost);
}

template <class Fields, Storing<Alert> T>
void each_field(Fields& fields, T& alert) {
  fields("id", alert.id);
  fields("code", alert.code);
  fields("raised_at", alert.raised_at);
  fields("cleared_at", alert.cleared_at);
}

template <class Fields, Storing<CloseRun> T>
void each_field(Fields& fields, T& run) {
  fields("by", run.by);
  fields("at", run.started_at);
}

template <class Fields, Storing<AfterCloseCheck> T>
void each_field(Fields& fields, T& check) {
  fields("status", check.status);
  fields("due_at", check.due_at);
  fields("asked", check.asked_count);
}

template <class Fields, Storing<TimelineEntry> T>
void each_field(Fields& fields, T& entry) {
  fields("at", entry.at);
  fields("type", entry.type);
  fields("note", entry.note);
  fields("actor", entry.actor);
  fields("sequence", entry.sequence);
}

template <class Fields, Storing<ItemOutcome> T>
void each_field(Fields& fields, T& outcome) {
  fields("item", outcome.item_id);
  fields("decision", outcome.decision);
  fields("rejection", outcome.rejection_reason);
  fields("condition", outcome.condition);
  fields("restock", outcome.is_restocked);
  fields("received", outcome.quantity_received);
}

template <class Fields, Storing<ReturnTotals> T>
void each_field(Fields& fields, T& totals) {
  fields("items_value", totals.items_value);
  fields("items_tax", totals.items_tax);
  fields("label_fee", totals.return_label_fee);
  fields("shipping_refund", totals.outgoing_shipping_refund);
  fields("refund", totals.refund_total);
  fields("gift_card", totals.gift_card_total);
  fields("exchange_credit", totals.exchange_credit);
  fields("customer_owes", totals.customer_owes);
}

// All but the facts, which have a text of their own.
template <class Fields, Storing<ReturnState> T>
void each_field(Fields& fields, T& state) {
  fields("id", state.id);
  fields("revision", state.revision);
  fields("events", state.event_count);
  fields("lifecycle", state.lifecycle);
  fields("previous", state.previous_lifecycle);
  fields("completes_itself", state.completes_itself);
  fields("created_at", state.created_at);
  fields("updated_at", state.updated_at);
  fields("completed_at", state.completed_at);
  fields("processed_at", state.processed_at);
  fields("closed_at", state.closed_at);
  fields("canceled_at", state.canceled_at);
  fields("closed_by", state.closed_by);
  fields("hand_in_deadline", state.hand_in_deadline);
  fields("pause", state.pause);
  fields("flags", state.flags);
  fields("payment", state.payment);
  fields("outcomes", state.item_outcomes);
  fields("totals", state.processed_totals);
  fields("payouts", state.payouts);
  fields("exchange", state.exchange);
  fields("labels", state.labels, limits::kReturnLabelsMax);
  fields("label_count", state.label_count);
  fields("shipments", state.shipments, limits::kReturnLabelsMax);
  fields("auto_close", state.auto_close);
  fields("close_run", state.close_run);
  fields("check", state.after_close_check);
  fields("alerts", state.alerts, limits::kReturnAlertsKept);
  fields("alert_count", state.alert_count);
  fields("timeline", state.timeline, limits::kTimelineKept);
}

template <class Fields, Storing<MarketFacts> T>
void each_field(Fields& fields, T& market) {
  fields("id", market.id);
  fields("name", market.name);
  fields("currency", market.currency);
  fields("locale", market.locale);
}

template <class Fields, Storing<OrderFacts> T>
void each_field(Fields& fields, T& order) {
  fields("id", order.id);
  fields("legacy_id", order.legacy_id);
  fields("name", order.name);
  fields("platform", order.platform);
  fields("shop_domain", order.shop_domain);
  fields("created_at", order.created_at);
  fields("fulfilled_at", order.fulfilled_at);
  fields("currency", order.currency);
  fields("total", order.total);
  fields("shipping_paid", order.shipping_paid);
  fields("gateways", order.payment_gateways);
  fields("tags", order.tags);
  fields("full_return", order.is_full_return);
}

template <class Fields, Storing<Address> T>
void each_field(Fields& fields, T& address) {
  fields("name", address.name);
  fields("address1", address.address1);
  fields("address2", address.address2);
  fields("zip", address.zip);
  fields("city", address.city);
  fields("province", address.province);
  fields("country", address.country_code);
  fields("phone", address.phone);
}

template <class Fields, Storing<CustomerFacts> T>
void each_field(Fields& fields, T& customer) {
  fields("id", customer.id);
  fields("email", customer.email);
  fields("first_name", customer.first_name);
  fields("last_name", customer.last_name);
  fields("phone", customer.phone);
  fields("locale", customer.locale);
  fields("shipping_address", customer.shipping_address);
  fields("billing_address", customer.billing_address);
}

template <class Fields, Storing<ReturnReason> T>
void each_field(Fields& fields, T& reason) {
  fields("code", reason.code);
  fields("label", reason.label);
}

template <class Fields, Storing<ItemTax> T>
void each_field(Fields& fields, T& tax) {
  fields("rate", tax.rate);
  fields("amount", tax.amount);
  fields("included", tax.is_included);
}

template <class Fields, Storing<ItemPrices> T>
void each_field(Fields& fields, T& prices) {
  fields("unit", prices.unit_price);
  fields("line_discount", prices.line_discount);
  fields("order_discount", prices.order_discount_allocation);
  fields("net", prices.net_total);
  fields("tax", prices.tax);
}

template <class Fields, Storing<ExchangeTo> T>
void each_field(Fields& fields, T& goods) {
  fields("sku", goods.sku);
  fields("variant_id", goods.variant_id);
  fields("title", goods.title);
  fields("variant_title", goods.variant_title);
  fields("quantity", goods.quantity);
  fields("list_price", goods.list_price);
  fields("charged_price", goods.charged_price);
  fields("price_cover", goods.price_cover);
  fields("difference", goods.difference);
}

template <class Fields, Storing<GiftCardTerms> T>
void each_field(Fields& fields, T& card) {
  fields("base", card.base);
  fields("bonus_hundredths", card.bonus_hundredths_of_percent);
  fields("bonus", card.bonus);
  fields("total", card.total);
  fields("expires_at", card.expires_at);
  fields("payout", card.payout_id);
}

template <class Fields, Storing<ItemFacts> T>
void each_field(Fields& fields, T& item) {
  fields("id", item.id);
  fields("order_line_id", item.order_line_id);
  fields("sku", item.sku);
  fields("barcode", item.barcode);
  fields("product_id", item.product_id);
  fields("variant_id", item.variant_id);
  fields("title", item.title);
  fields("variant_title", item.variant_title);
  fields("quantity", item.quantity);
  fields("action", item.action);
  fields("reason", item.reason);
  fields("note", item.customer_note);
  fields("images", item.images);
  fields("prices", item.prices);
  fields("exchange_to", item.exchange_to);
  fields("gift_card", item.gift_card);
}

template <class Fields, Storing<ExchangeItem> T>
void each_field(Fields& fields, T& item) {
  fields("sku", item.sku);
  fields("quantity", item.quantity);
}

template <class Fields, Storing<ExchangeFacts> T>
void each_field(Fields& fields, T& exchange) {
  fields("order_id", exchange.order_id);
  fields("strategy", exchange.strategy);
  fields("items", exchange.items);
}

template <class Fields, Storing<ReturnLinks> T>
void each_field(Fields& fields, T& links) {
  fields("admin", links.admin);
  fields("customer", links.customer);
}

template <class Fields, Storing<ReturnFacts> T>
void each_field(Fields& fields, T& facts) {
  fields("number", facts.number);
  fields("iteration", facts.iteration);
  fields("kind", facts.kind);
  fields("market", facts.market);
  fields("source", facts.source);
  fields("order", facts.order);
  fields("customer", facts.customer);
  fields("items", facts.items);
  fields("totals", facts.totals);
  fields("exchange", facts.exchange);
  fields("links", facts.links);
  fields("metadata", facts.metadata_json);
}

}  // namespace returnflows::returns
