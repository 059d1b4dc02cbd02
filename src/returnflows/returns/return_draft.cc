#include "returnflows/returns/return_draft.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/events/json_scan.h"
#include "returnflows/returns/actor_reader.h"
#include "returnflows/returns/body_reader.h"
#include "returnflows/returns/draft_items.h"
#include "returnflows/returns/draft_order.h"
#include "returnflows/returns/return_totals.h"

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, 18> kDraftFields = {"order",
                                                           "customer",
                                                           "items",
                                                           "number",
                                                           "iteration",
                                                           "kind",
                                                           "source",
                                                           "market",
                                                           "exchange",
                                                           "payment_due",
                                                           "return_label_fee",
                                                           "outgoing_shipping_refund",
                                                           "totals",
                                                           "payouts",
                                                           "hand_in_deadline",
                                                           "links",
                                                           "metadata",
                                                           "actor"};
constexpr std::array<std::string_view, 9> kTotalFields = {"items_value",
                                                          "items_tax",
                                                          "return_label_fee",
                                                          "outgoing_shipping_refund",
                                                          "refund_total",
                                                          "gift_card_total",
                                                          "exchange_credit",
                                                          "customer_owes",
                                                          "currency"};
constexpr std::array<std::string_view, 4> kPayoutFields = {
    "kind", "amount", "gateway", "parent_transaction_id"};
constexpr std::array<std::string_view, 3> kExchangeFields = {
    "order_id", "order_number", "strategy"};
constexpr std::array<std::string_view, 1> kKinds = {"return"};
constexpr std::array kPayoutKinds = {PayoutKind::kRefund, PayoutKind::kGiftCard};

// Where the customer enters a return without staff.
constexpr std::string_view kCustomerPortal = "customer_portal";
constexpr std::string_view kStrategyDefault = "same_order";

std::optional<std::string> read_name(const ObjectReader& object, std::string_view field) {
  return object.line(field, limits::kReturnNameBytesMax);
}

// The order's number without what only its platform needs: "10234" of "#10234", "5550001" of
// "gid://shopify/Order/5550001".
std::string short_order_name(const OrderFacts& order) {
  const std::string full = order.name.value_or(order.id.value_or(""));
  const std::size_t start = full.find_last_of("/#");
  return start == std::string::npos ? full : full.substr(start + 1);
}

class DraftReader {
 public:
  DraftReader(std::string_view body, BodyReader& reader)
      : body_(body), problems_(reader.problems()), root_(reader.root(kDraftFields)) {}

  ReturnDraft read();

 private:
  void read_facts();
  void read_numbers();
  void read_exchange();
  std::string read_metadata() const;
  Money read_charge(const std::optional<ObjectReader>& totals, std::string_view field) const;
  void reckon();
  void check_totals(const ObjectReader& given) const;
  void plan_payouts();
  Payout* find_planned(PayoutKind kind, std::size_t index);
  void read_payouts();
  Actor read_creator() const;

  std::string_view body_;
  Problems& problems_;
  ObjectReader root_;
  std::optional<Currency> currency_;
  ReturnFacts facts_;
  CreateReturn creation_;
};

ReturnDraft DraftReader::read() {
  read_facts();
  read_numbers();
  read_exchange();
  creation_.hand_in_deadline = root_.time("hand_in_deadline");
  reckon();
  Actor actor = read_creator();
  creation_.facts = std::make_shared<const ReturnFacts>(std::move(facts_));
  return {.creation = std::move(creation_), .actor = std::move(actor)};
}

void DraftReader::read_facts() {
  OrderDraft order = read_order(root_);
  currency_ = order.currency;
  facts_.order = std::move(order.facts);
  facts_.customer = read_customer(root_);
  facts_.market = read_market(root_, currency_);
  facts_.items = read_items(root_, currency_, problems_);
  facts_.links = read_links(root_);
  facts_.metadata_json = read_metadata();
  root_.choice("kind", kKinds);
}

void DraftReader::read_numbers() {
  facts_.source = read_name(root_, "source").value_or("api");
  facts_.iteration = root_.integer("iteration", 1, limits::kReturnIterationMax).value_or(1);
  facts_.number = read_name(root_, "number")
                      .value_or("RF-" + short_order_name(facts_.order) + "-" +
                                std::to_string(facts_.iteration));
}

void DraftReader::read_exchange() {
  std::vector<ExchangeItem> items;
  for (const ItemFacts& item : facts_.items)
    if (item.exchange_to)
      items.push_back({.sku = item.exchange_to->sku, .quantity = item.exchange_to->quantity});
  const auto object = root_.object("exchange", kExchangeFields);
  if (object && items.empty() && problems_.empty())
    root_.report("exchange", "No item has the action \"exchange\"; leave this out.");
  if (items.empty()) return;
  facts_.exchange = ExchangeFacts{.order_id = facts_.order.id,
                                  .strategy = std::string{kStrategyDefault},
                                  .items = std::move(items)};
  creation_.exchange_order_number = "#EXCHANGE-#" + short_order_name(facts_.order);
  if (!object) return;
  if (auto id = read_name(*object, "order_id")) facts_.exchange->order_id = std::move(id);
  if (auto strategy = read_name(*object, "strategy"))
    facts_.exchange->strategy = std::move(strategy);
  if (auto number = read_name(*object, "order_number"))
    creation_.exchange_order_number = std::move(number);
}

std::string DraftReader::read_metadata() const {
  if (!root_.is_object("metadata")) return "";
  const std::string_view json =
      member_value_span(trim_json_space(body_), *root_.index_of("metadata"), root_.size());
  if (json.size() > limits::kReturnMetadataBytesMax)
    root_.report("metadata",
                 "Has " + std::to_string(json.size()) + " bytes; at most " +
                     std::to_string(limits::kReturnMetadataBytesMax) + " are taken.");
  return std::string{json};
}

// What only the shop knows may stand beside the items or among the totals.
Money DraftReader::read_charge(const std::optional<ObjectReader>& totals,
                               std::string_view field) const {
  const auto beside = root_.money(field, currency_);
  const auto among = totals ? totals->money(field, currency_) : std::nullopt;
  if (beside && among && *beside != *among)
    totals->report(field, "Is not the same as /" + std::string{field} + "; send it once.");
  return beside.value_or(among.value_or(Money{.minor = 0, .currency = facts_.order.currency}));
}

// The sums, and what follows from them. Nothing is worked out from amounts that are wrong.
void DraftReader::reckon() {
  const auto given = root_.object("totals", kTotalFields);
  const auto counts = all_pieces(facts_.items);
  ReckonedReturn reckoned{
      .items = facts_.items,
      .piece_counts = counts,
      .return_label_fee = read_charge(given, "return_label_fee"),
      .outgoing_shipping_refund = read_charge(given, "outgoing_shipping_refund")};
  const auto due = root_.money("payment_due", currency_);
  if (reckoned.outgoing_shipping_refund.minor > 0 && !facts_.order.is_full_return)
    root_.report(
        root_.has("outgoing_shipping_refund") ? "outgoing_shipping_refund" : "totals",
        "Outgoing shipping is only refunded when every line of the order comes back: leave "
        "it out, or send \"is_full_return\": true in the order.");
  if (problems_.empty()) {
    facts_.totals = totals_of(reckoned, due);
    creation_.payment_due = due.value_or(facts_.totals.customer_owes);
    if (given) check_totals(*given);
    plan_payouts();
  }
  read_payouts();
}

void DraftReader::check_totals(const ObjectReader& given) const {
  const ReturnTotals& totals = facts_.totals;
  expect_money(given, "items_value", totals.items_value, "the sum of what the items cost");
  expect_money(given, "items_tax", totals.items_tax, "the sum of the items' taxes");
  expect_money(
      given,
      "refund_total",
      totals.refund_total,
      "items to refund + outgoing_shipping_refund + what exchanges give back - charges that "
      "are not paid up front");
  expect_money(
      given, "gift_card_total", totals.gift_card_total, "the sum of the gift cards, with bonus");
  expect_money(given,
               "exchange_credit",
               totals.exchange_credit,
               "the value of the exchanged items that goes into new ones");
  expect_money(given,
               "customer_owes",
               totals.customer_owes,
               "payment_due and what else the refund does not cover of label fee and exchanges");
  const auto currency = given.currency("currency");
  if (currency && currency != currency_)
    given.report(
        "currency",
        "A return is in the currency of its order, " + std::string{currency_->code()} + ".");
}

// One payout for all that is refunded, and one for each gift card: each card has its own code.
void DraftReader::plan_payouts() {
  if (facts_.totals.refund_total.minor > 0) {
    Payout refund{
        .id = "pay_rf_1", .kind = PayoutKind::kRefund, .amount = facts_.totals.refund_total};
    if (!facts_.order.payment_gateways.empty())
      refund.gateway = facts_.order.payment_gateways.front();
    creation_.payouts.push_back(std::move(refund));
  }
  std::size_t card_count = 0;
  for (ItemFacts& item : facts_.items) {
    if (!item.gift_card || item.gift_card->total.minor == 0) continue;
    ++card_count;
    item.gift_card->payout_id = "pay_gc_" + std::to_string(card_count);
    creation_.payouts.push_back({.id = *item.gift_card->payout_id,
                                 .kind = PayoutKind::kGiftCard,
                                 .amount = item.gift_card->total});
  }
}

// Payout number `index` of its kind.
Payout* DraftReader::find_planned(PayoutKind kind, std::size_t index) {
  for (Payout& payout : creation_.payouts) {
    if (payout.kind != kind) continue;
    if (index == 0) return &payout;
    --index;
  }
  return nullptr;
}

// `payouts`: what the shop knows of those that will be made, in the same order for each kind.
void DraftReader::read_payouts() {
  std::array<std::string_view, kPayoutKinds.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = payout_kind_name(kPayoutKinds[i]);
  const bool is_planned = problems_.empty();
  std::array<std::size_t, kPayoutKinds.size()> seen_counts{};
  for (const ObjectReader& object :
       root_.objects("payouts", limits::kReturnItemsMax + 1, kPayoutFields)) {
    object.require("kind", R"("refund" or "gift_card")");
    const auto kind = object.is_missing("kind") ? std::nullopt : object.choice("kind", names);
    const auto gateway = read_name(object, "gateway");
    const auto transaction = read_name(object, "parent_transaction_id");
    if (!kind || !is_planned) continue;
    Payout* const planned = find_planned(kPayoutKinds[*kind], seen_counts[*kind]++);
    if (planned == nullptr) {
      object.report("kind", "There is nothing more to pay out in this way; leave it out.");
      continue;
    }
    expect_money(object, "amount", planned->amount, "what the items and totals come to");
    if (gateway) planned->gateway = gateway;
    planned->parent_transaction_id = transaction;
  }
}

// Who enters a return in the portal is its customer.
Actor DraftReader::read_creator() const {
  Actor actor = read_actor(root_);
  if (root_.has("actor") || facts_.source != kCustomerPortal) return actor;
  const CustomerFacts& customer = facts_.customer;
  actor.type = ActorType::kCustomer;
  actor.id = customer.id;
  std::string name = customer.first_name.value_or("");
  if (customer.first_name && customer.last_name) name += " ";
  name += customer.last_name.value_or("");
  if (!name.empty()) actor.name = std::move(name);
  return actor;
}

}  // namespace

Result<ReturnDraft> parse_return_draft(std::string_view body) {
  RF_TRY(BodyReader reader, BodyReader::open(body, limits::kReturnBytesMax, EmptyBody::kRefused));
  ReturnDraft draft = DraftReader{body, reader}.read();
  if (!reader.problems().empty()) return reader.problems().refuse();
  return draft;
}

}  // namespace returnflows::returns
