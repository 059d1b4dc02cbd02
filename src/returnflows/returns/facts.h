#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/money.h"

// What a return is about: the order, the customer, the goods and what was promised for them. Set by
// row 1 and never changed after it, so that every snapshot of a return shares one copy.
// Source: docs/receiving/payload.md#the-return.
namespace returnflows::returns {

struct MarketFacts {
  std::optional<std::string> id = {};
  std::optional<std::string> name = {};
  Currency currency;
  std::optional<std::string> locale = {};

  bool operator==(const MarketFacts&) const = default;
};

struct OrderFacts {
  std::optional<std::string> id = {};  // On the shop platform.
  std::optional<std::string> legacy_id = {};
  std::optional<std::string> name = {};  // "#10234": what the customer sees.
  std::optional<std::string> platform = {};
  std::optional<std::string> shop_domain = {};
  std::optional<Timestamp> created_at = {};
  std::optional<Timestamp> fulfilled_at = {};
  Currency currency;
  std::optional<Money> total = {};
  std::optional<Money> shipping_paid = {};
  std::vector<std::string> payment_gateways = {};
  std::vector<std::string> tags = {};
  bool is_full_return = false;

  bool operator==(const OrderFacts&) const = default;
};

struct Address {
  std::optional<std::string> name = {};
  std::optional<std::string> address1 = {};
  std::optional<std::string> address2 = {};
  std::optional<std::string> zip = {};
  std::optional<std::string> city = {};
  std::optional<std::string> province = {};
  std::optional<std::string> country_code = {};
  std::optional<std::string> phone = {};

  bool operator==(const Address&) const = default;
};

struct CustomerFacts {
  std::optional<std::string> id = {};
  std::optional<std::string> email = {};
  std::optional<std::string> first_name = {};
  std::optional<std::string> last_name = {};
  std::optional<std::string> phone = {};
  std::optional<std::string> locale = {};
  std::optional<Address> shipping_address = {};
  std::optional<Address> billing_address = {};

  bool operator==(const CustomerFacts&) const = default;
};

enum class ItemAction : std::uint8_t { kRefund, kExchange, kGiftCard };

// "gift_card".
std::string_view item_action_name(ItemAction action);

struct ReturnReason {
  std::optional<std::string> code = {};   // For programs.
  std::optional<std::string> label = {};  // For people.

  bool operator==(const ReturnReason&) const = default;
};

struct ItemTax {
  std::optional<std::string> rate = {};  // A decimal fraction as the shop wrote it: "0.25".
  Money amount;
  bool is_included = true;

  bool operator==(const ItemTax&) const = default;
};

// What was paid for the returned pieces of one line.
struct ItemPrices {
  Money unit_price;
  Money line_discount;
  Money order_discount_allocation;
  Money net_total;
  std::optional<ItemTax> tax = {};

  bool operator==(const ItemPrices&) const = default;
};

// The new goods of an exchange.
struct ExchangeTo {
  std::optional<std::string> sku = {};
  std::optional<std::string> variant_id = {};
  std::optional<std::string> title = {};
  std::optional<std::string> variant_title = {};
  std::int64_t quantity = 1;
  std::optional<Money> list_price = {};
  std::optional<Money> charged_price = {};
  std::optional<Money> price_cover = {};  // What the shop takes on itself.
  std::optional<Money> difference = {};   // What the customer still pays.

  bool operator==(const ExchangeTo&) const = default;
};

struct GiftCardTerms {
  Money base;
  std::int64_t bonus_hundredths_of_percent = 0;  // 1000: "10" per cent.
  Money bonus;
  Money total;
  std::optional<Timestamp> expires_at = {};
  // The payout that issues the card: the card's id is what it brings.
  std::optional<std::string> payout_id = {};

  bool operator==(const GiftCardTerms&) const = default;
};

// One returned line of the order.
struct ItemFacts {
  std::string id = {};  // "rit_01": within the return.
  std::optional<std::string> order_line_id = {};
  std::optional<std::string> sku = {};
  std::optional<std::string> barcode = {};
  std::optional<std::string> product_id = {};
  std::optional<std::string> variant_id = {};
  std::optional<std::string> title = {};
  std::optional<std::string> variant_title = {};
  std::int64_t quantity = 1;
  ItemAction action = ItemAction::kRefund;
  std::optional<ReturnReason> reason = {};
  std::optional<std::string> customer_note = {};
  std::vector<std::string> images = {};  // URLs.
  ItemPrices prices;
  std::optional<ExchangeTo> exchange_to = {};   // Present for kExchange.
  std::optional<GiftCardTerms> gift_card = {};  // Present for kGiftCard.

  bool operator==(const ItemFacts&) const = default;
};

// The sums of a return, all in one currency.
struct ReturnTotals {
  Money items_value;
  Money items_tax;
  Money return_label_fee;
  Money outgoing_shipping_refund;
  Money refund_total;
  Money gift_card_total;
  Money exchange_credit;
  Money customer_owes;

  bool operator==(const ReturnTotals&) const = default;
};

struct ExchangeItem {
  std::optional<std::string> sku = {};
  std::int64_t quantity = 1;

  bool operator==(const ExchangeItem&) const = default;
};

// The exchange order as it was placed; its number and status are in ExchangeRegion.
struct ExchangeFacts {
  std::optional<std::string> order_id = {};
  std::optional<std::string> strategy = {};  // "same_order", as the shop's platform does it.
  std::vector<ExchangeItem> items = {};

  bool operator==(const ExchangeFacts&) const = default;
};

struct ReturnLinks {
  std::optional<std::string> admin = {};
  std::optional<std::string> customer = {};

  bool operator==(const ReturnLinks&) const = default;
};

struct ReturnFacts {
  std::string number = {};                 // "RF-10234-1": for people.
  std::int64_t iteration = 1;              // Which return of the order this is.
  std::string kind = "return";             // The only kind today.
  MarketFacts market;                      // Its currency is that of all totals.
  std::optional<std::string> source = {};  // "customer_portal": where it was entered.
  OrderFacts order;
  CustomerFacts customer;
  std::vector<ItemFacts> items = {};
  ReturnTotals totals;  // As worked out at the creation.
  std::optional<ExchangeFacts> exchange = {};
  ReturnLinks links;
  // A JSON object of the shop's own, byte for byte as it came; empty for none.
  std::string metadata_json = {};

  bool operator==(const ReturnFacts&) const = default;
};

}  // namespace returnflows::returns
