#include "returnflows/returns/example_return_test.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "returnflows/base/time_text.h"
#include "returnflows/returns/return_under_test_test.h"

namespace returnflows::returns {
namespace {

Money danish(std::string_view amount) {
  return parse_money(amount, Currency::parse("DKK").value()).value();
}

Timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

Address example_address() {
  return {.name = "Anna Jensen",
          .address1 = "Nørregade 12, 2. tv",
          .zip = "8000",
          .city = "Aarhus C",
          .country_code = "DK",
          .phone = "+4520123456"};
}

ItemPrices example_prices(std::string_view unit, std::string_view net, std::string_view tax) {
  return {.unit_price = danish(unit),
          .line_discount = subtract(danish(unit), danish(net)).value(),
          .order_discount_allocation = danish("0"),
          .net_total = danish(net),
          .tax = ItemTax{.rate = "0.25", .amount = danish(tax), .is_included = true}};
}

// An item of that number for all that differs only by it.
ItemFacts example_item(const std::string& number, ItemAction action, ItemPrices prices) {
  return {.id = "rit_0" + number,
          .order_line_id = "gid://shopify/LineItem/77100" + number,
          .sku = "SKU-" + number,
          .barcode = "570123456789" + number,
          .product_id = "910" + number,
          .variant_id = "91010" + number,
          .title = "Item " + number,
          .variant_title = "Navy / M",
          .quantity = 1,
          .action = action,
          .reason = ReturnReason{.code = "too_large", .label = "Too large"},
          .prices = std::move(prices)};
}

std::vector<ItemFacts> example_items() {
  std::vector<ItemFacts> items{
      example_item("1", ItemAction::kGiftCard, example_prices("799", "719.10", "143.82")),
      example_item("2", ItemAction::kExchange, example_prices("200", "200", "40")),
      example_item("3", ItemAction::kRefund, example_prices("499", "499", "99.80"))};
  items[0].gift_card = GiftCardTerms{.base = danish("719.10"),
                                     .bonus_hundredths_of_percent = 1000,
                                     .bonus = danish("71.91"),
                                     .total = danish("791.01"),
                                     .expires_at = at("2029-02-28T23:59:59Z"),
                                     .payout_id = "pay_gc_1"};
  items[1].exchange_to = ExchangeTo{.sku = "TEE-WHT-L",
                                    .variant_id = "910203",
                                    .title = "Basic Tee",
                                    .variant_title = "White / L",
                                    .list_price = danish("230"),
                                    .charged_price = danish("200"),
                                    .price_cover = danish("30"),
                                    .difference = danish("0")};
  items[2].customer_note = "Colour is darker than on the photo";
  return items;
}

OrderFacts example_order() {
  return {.id = "gid://shopify/Order/5550001",
          .legacy_id = "5550001",
          .name = "#10234",
          .platform = "shopify",
          .shop_domain = "example-shop.myshopify.com",
          .created_at = at("2026-01-20T18:02:11Z"),
          .fulfilled_at = at("2026-01-22T10:30:00Z"),
          .currency = Currency::parse("DKK").value(),
          .total = danish("1537.10"),
          .shipping_paid = danish("39"),
          .payment_gateways = {"shopify_payments"}};
}

GenerateLabel example_label() {
  return {.carrier = "gls_dk",
          .tracking_number = std::string{kTestTracking},
          .url = "https://files.example.com/labels/lbl_01.pdf",
          .form = {.carrier_name = "GLS Denmark",
                   .service = "ShopReturn",
                   .format = "pdf",
                   .qr_code_url = "https://files.example.com/labels/lbl_01.png",
                   .tracking_url = "https://gls-group.eu/track/98765432109",
                   .cost = danish("45")}};
}

CarrierScan example_scan(ScanStatus status, Timestamp occurred_at, std::string source) {
  return {.tracking_number = std::string{kTestTracking},
          .status = status,
          .occurred_at = occurred_at,
          .carrier_status = "INTRANSIT",
          .description = "Handed in at ParcelShop",
          .location = {.name = "GLS PakkeShop 95558", .city = "Aarhus C", .country_code = "DK"},
          .source = std::move(source)};
}

// Created, labelled, paused and resumed.
void start(ReturnUnderTest& subject, bool is_paused) {
  subject.give(example_creation(), ActorType::kCustomer);
  subject.now += std::chrono::seconds{3};
  subject.give(example_label(), ActorType::kSystem);
  subject.now += std::chrono::hours{23};
  if (!is_paused) return;
  const Actor mette{.type = ActorType::kStaff, .id = "usr_7", .name = "Mette"};
  subject.give(PauseReturn{.scope = Scope::kOrder,
                           .reason = "customer_contacted_support",
                           .note = "Customer wants to change the size"},
               mette);
  subject.now += std::chrono::minutes{150};
  subject.give(ResumeReturn{.scope = Scope::kOrder});
}

void travel(ReturnUnderTest& subject) {
  subject.now += std::chrono::hours{29};
  subject.give(example_scan(ScanStatus::kInTransit, subject.now, "easypost:evt_1"),
               ActorType::kCarrier);
  subject.now += std::chrono::hours{47};
  subject.give(example_scan(ScanStatus::kDelivered, subject.now, "easypost:evt_2"),
               ActorType::kCarrier);
}

void pay_out(ReturnUnderTest& subject, Ending ending) {
  subject.wait(std::chrono::hours{12});
  subject.now += std::chrono::seconds{3};
  const PayoutError declined{.code = "refund_declined",
                             .message = "Refund exceeds captured amount"};
  if (ending == Ending::kFailed) {
    subject.give(PayoutFailed{.payout_id = "pay_rf_1", .error = declined});
  } else {
    subject.give(
        PayoutSucceeded{.payout_id = "pay_rf_1", .external_id = "gid://shopify/Refund/990001"});
  }
  subject.give(PayoutSucceeded{.payout_id = "pay_gc_1",
                               .external_id = "gid://shopify/GiftCard/440001",
                               .last_characters = "9F2K"});
}

}  // namespace

std::shared_ptr<const ReturnFacts> example_facts() {
  ReturnFacts facts;
  facts.number = "RF-10234-1";
  facts.market = {.id = "mkt_dk",
                  .name = "Denmark",
                  .currency = Currency::parse("DKK").value(),
                  .locale = "da-DK"};
  facts.source = "customer_portal";
  facts.order = example_order();
  facts.customer = {.id = "gid://shopify/Customer/88001",
                    .email = "anna@example.com",
                    .first_name = "Anna",
                    .last_name = "Jensen",
                    .phone = "+4520123456",
                    .locale = "da-DK",
                    .shipping_address = example_address(),
                    .billing_address = example_address()};
  facts.items = example_items();
  facts.totals = {.items_value = danish("1418.10"),
                  .items_tax = danish("283.62"),
                  .return_label_fee = danish("0"),
                  .outgoing_shipping_refund = danish("0"),
                  .refund_total = danish("499"),
                  .gift_card_total = danish("791.01"),
                  .exchange_credit = danish("200"),
                  .customer_owes = danish("0")};
  facts.exchange = ExchangeFacts{.order_id = "gid://shopify/Order/5550001",
                                 .strategy = "same_order",
                                 .items = {{.sku = "TEE-WHT-L", .quantity = 1}}};
  facts.links = {.admin = "https://app.example.com/returns/ret_1",
                 .customer = "https://portal.example.com/r/ret_1"};
  facts.metadata_json = R"({"erp": "D365", "n": 1.0})";
  return std::make_shared<const ReturnFacts>(std::move(facts));
}

Settings example_settings() {
  Settings settings;
  settings.auto_close = Switch::kOn;
  settings.instant_exchange = Switch::kOn;
  settings.payouts = PayoutProvider::kExternal;
  return settings;
}

CreateReturn example_creation() {
  return {.return_id = "ret_01KGE6Q2V8Y3",
          .payment_due = danish("0"),
          .payouts = {{.id = "pay_rf_1",
                       .kind = PayoutKind::kRefund,
                       .amount = danish("499"),
                       .gateway = "shopify_payments",
                       .parent_transaction_id = "6610001"},
                      {.id = "pay_gc_1",
                       .kind = PayoutKind::kGiftCard,
                       .amount = danish("791.01"),
                       .gateway = "shopify_gift_card"}},
          .exchange_order_number = "#EXCHANGE-#10234",
          .hand_in_deadline = at("2026-02-16T22:59:59Z"),
          .facts = example_facts()};
}

std::vector<ItemOutcome> example_outcomes() {
  std::vector<ItemOutcome> outcomes;
  for (const char* id : {"rit_01", "rit_02", "rit_03"})
    outcomes.push_back({.item_id = id,
                        .decision = ItemDecision::kAccepted,
                        .condition = "not_inspected",
                        .is_restocked = true,
                        .quantity_received = 1});
  return outcomes;
}

std::vector<Event> example_events(Ending ending) {
  ReturnUnderTest subject;
  subject.settings = example_settings();
  const bool is_early = ending == Ending::kCanceled || ending == Ending::kReset;
  start(subject, !is_early);
  if (ending == Ending::kCanceled) subject.give(CancelReturn{.reason = "customer_request"});
  if (ending == Ending::kReset) subject.give(ResetReturn{.reason = "customer_entered_wrong_items"});
  if (is_early) return subject.events();
  travel(subject);
  if (ending == Ending::kFraud) {
    subject.now += std::chrono::hours{4};
    subject.give(FlagFraud{});
  } else {
    pay_out(subject, ending);
  }
  return subject.events();
}

}  // namespace returnflows::returns
