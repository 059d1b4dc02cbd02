#include "returnflows/returns/snapshot_facts.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace returnflows::returns {
namespace {

const ItemOutcome kUndecided{};

const ItemOutcome& outcome_of(const ReturnState& state, std::string_view item_id) {
  const auto found = std::ranges::find(state.item_outcomes, item_id, &ItemOutcome::item_id);
  return found == state.item_outcomes.end() ? kUndecided : *found;
}

// The payout that issued the card; nullptr as long as none has.
const Payout* issuer_of(const ReturnState& state, const GiftCardTerms& card) {
  const auto found = std::ranges::find_if(state.payouts, [&](const Payout& payout) {
    return payout.id == card.payout_id && payout.status == PayoutStatus::kSucceeded;
  });
  return found == state.payouts.end() ? nullptr : &*found;
}

// "10", "12.5" or "12.25".
std::string percent_text(std::int64_t hundredths) {
  std::string text = std::to_string(hundredths / 100);
  const std::int64_t rest = hundredths % 100;
  if (rest == 0) return text;
  text += '.';
  text += static_cast<char>('0' + rest / 10);
  if (rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
  return text;
}

void append_address(JsonWriter& json,
                    std::string_view name,
                    const std::optional<Address>& address) {
  json.key(name);
  if (!address) {
    json.null();
    return;
  }
  json.open_object();
  json.member("name", address->name);
  json.member("address1", address->address1);
  json.member("address2", address->address2);
  json.member("zip", address->zip);
  json.member("city", address->city);
  json.member("province", address->province);
  json.member("country_code", address->country_code);
  json.member("phone", address->phone);
  json.close_object();
}

void append_reason(JsonWriter& json, const std::optional<ReturnReason>& reason) {
  json.key("reason");
  if (!reason) {
    json.null();
    return;
  }
  json.open_object();
  json.member("code", reason->code);
  json.member("label", reason->label);
  json.close_object();
}

void append_prices(JsonWriter& json, const ItemPrices& prices) {
  json.key("prices").open_object();
  append_money(json, "unit_price", prices.unit_price);
  append_money(json, "line_discount", prices.line_discount);
  append_money(json, "order_discount_allocation", prices.order_discount_allocation);
  append_money(json, "net_total", prices.net_total);
  json.key("tax");
  if (prices.tax) {
    json.open_object();
    json.member("rate", prices.tax->rate);
    append_money(json, "amount", prices.tax->amount);
    json.member("included", prices.tax->is_included);
    json.close_object();
  } else {
    json.null();
  }
  json.close_object();
}

void append_exchange_to(JsonWriter& json, const ExchangeTo& goods) {
  json.key("exchange_to").open_object();
  json.member("sku", goods.sku);
  json.member("variant_id", goods.variant_id);
  json.member("title", goods.title);
  json.member("variant_title", goods.variant_title);
  json.member("quantity", goods.quantity);
  append_money(json, "list_price", goods.list_price);
  append_money(json, "charged_price", goods.charged_price);
  append_money(json, "price_cover", goods.price_cover);
  append_money(json, "difference", goods.difference);
  json.close_object();
}

void append_gift_card(JsonWriter& json, const GiftCardTerms& card, const Payout* issuer) {
  json.key("gift_card").open_object();
  append_money(json, "base", card.base);
  json.member("bonus_percent", percent_text(card.bonus_hundredths_of_percent));
  append_money(json, "bonus", card.bonus);
  append_money(json, "total", card.total);
  json.member("expires_at", card.expires_at);
  json.member("issued_id", issuer != nullptr ? issuer->external_id : std::nullopt);
  json.member("last_characters", issuer != nullptr ? issuer->last_characters : std::nullopt);
  json.close_object();
}

void append_item(JsonWriter& json, const ItemFacts& item, const ReturnState& state) {
  const ItemOutcome& outcome = outcome_of(state, item.id);
  json.open_object();
  json.member("id", item.id);
  json.member("order_line_id", item.order_line_id);
  json.member("sku", item.sku);
  json.member("barcode", item.barcode);
  json.member("product_id", item.product_id);
  json.member("variant_id", item.variant_id);
  json.member("title", item.title);
  json.member("variant_title", item.variant_title);
  json.member("quantity", item.quantity);
  json.member("quantity_received", outcome.quantity_received);
  json.member("action", item_action_name(item.action));
  append_reason(json, item.reason);
  json.member("customer_note", item.customer_note);
  append_texts(json, "images", item.images);
  append_prices(json, item.prices);
  json.member("decision", item_decision_name(outcome.decision));
  json.member("rejection_reason", outcome.rejection_reason);
  json.member("condition", outcome.condition);
  json.member("restock", outcome.is_restocked);
  if (item.exchange_to) append_exchange_to(json, *item.exchange_to);
  if (item.gift_card) append_gift_card(json, *item.gift_card, issuer_of(state, *item.gift_card));
  json.close_object();
}

}  // namespace

void append_money(JsonWriter& json, std::string_view name, const std::optional<Money>& money) {
  json.key(name);
  if (!money) {
    json.null();
    return;
  }
  json.open_object();
  json.member("amount", format_amount(*money));
  json.member("currency", money->currency.code());
  json.close_object();
}

void append_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).open_array();
  for (const std::string& text : texts)
    json.text(text);
  json.close_array();
}

void append_market(JsonWriter& json, const MarketFacts& market) {
  json.key("market").open_object();
  json.member("id", market.id);
  json.member("name", market.name);
  json.member("currency", market.currency.code());
  json.member("locale", market.locale);
  json.close_object();
}

void append_order(JsonWriter& json, const OrderFacts& order) {
  json.key("order").open_object();
  json.member("id", order.id);
  json.member("legacy_id", order.legacy_id);
  json.member("name", order.name);
  json.member("platform", order.platform);
  json.member("shop_domain", order.shop_domain);
  json.member("created_at", order.created_at);
  json.member("fulfilled_at", order.fulfilled_at);
  json.member("currency", order.currency.code());
  append_money(json, "total", order.total);
  append_money(json, "shipping_paid", order.shipping_paid);
  append_texts(json, "payment_gateways", order.payment_gateways);
  append_texts(json, "tags", order.tags);
  json.member("is_full_return", order.is_full_return);
  json.close_object();
}

void append_customer(JsonWriter& json, const CustomerFacts& customer) {
  json.key("customer").open_object();
  json.member("id", customer.id);
  json.member("email", customer.email);
  json.member("first_name", customer.first_name);
  json.member("last_name", customer.last_name);
  json.member("phone", customer.phone);
  json.member("locale", customer.locale);
  append_address(json, "shipping_address", customer.shipping_address);
  append_address(json, "billing_address", customer.billing_address);
  json.close_object();
}

void append_items(JsonWriter& json, const std::vector<ItemFacts>& items, const ReturnState& state) {
  json.key("items").open_array();
  for (const ItemFacts& item : items)
    append_item(json, item, state);
  json.close_array();
}

void append_totals(JsonWriter& json, const ReturnTotals& totals, std::string_view currency) {
  json.key("totals").open_object();
  append_money(json, "items_value", totals.items_value);
  append_money(json, "items_tax", totals.items_tax);
  append_money(json, "return_label_fee", totals.return_label_fee);
  append_money(json, "outgoing_shipping_refund", totals.outgoing_shipping_refund);
  append_money(json, "refund_total", totals.refund_total);
  append_money(json, "gift_card_total", totals.gift_card_total);
  append_money(json, "exchange_credit", totals.exchange_credit);
  append_money(json, "customer_owes", totals.customer_owes);
  json.member("currency", currency);
  json.close_object();
}

void append_links(JsonWriter& json, const ReturnLinks& links) {
  json.key("links").open_object();
  json.member("admin", links.admin);
  json.member("customer", links.customer);
  json.close_object();
}

}  // namespace returnflows::returns
