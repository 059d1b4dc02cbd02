#include "returnflows/returns/item_decisions.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/returns/return_totals.h"

namespace returnflows::returns {
namespace {

constexpr std::string_view kRefundPayoutId = "pay_rf_1";
constexpr std::string_view kNotInspected = "not_inspected";

const ItemFacts* find_item(const ReturnState& state, std::string_view id) {
  if (!state.facts) return nullptr;
  const auto found = std::ranges::find(state.facts->items, id, &ItemFacts::id);
  return found == state.facts->items.end() ? nullptr : &*found;
}

// The outcome of `item`, with what the command left open.
ItemOutcome outcome_of(const ItemFacts& item, const ProcessReturn& command) {
  const auto found = std::ranges::find(command.items, item.id, &ItemOutcome::item_id);
  ItemOutcome outcome = found != command.items.end() ? *found : ItemOutcome{};
  outcome.item_id = item.id;
  if (outcome.decision == ItemDecision::kPending) outcome.decision = ItemDecision::kAccepted;
  if (!outcome.quantity_received) outcome.quantity_received = item.quantity;
  // What was rejected goes back to the customer, not onto the shelf.
  if (!outcome.is_restocked)
    outcome.is_restocked =
        outcome.decision == ItemDecision::kAccepted && *outcome.quantity_received > 0;
  if (!outcome.condition && command.inspection == Inspection::kNotInspected)
    outcome.condition = std::string{kNotInspected};
  return outcome;
}

bool is_released(const ReturnState& state) {
  return state.exchange.status == ExchangeStatus::kReleased ||
         state.exchange.status == ExchangeStatus::kFulfilled;
}

// The pieces of each item that the customer is paid for.
std::vector<std::int64_t> pieces_that_count(const ReturnState& state) {
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < state.item_outcomes.size(); ++i) {
    const ItemFacts& item = state.facts->items[i];
    const ItemOutcome& outcome = state.item_outcomes[i];
    if (item.action == ItemAction::kExchange && is_released(state))
      counts.push_back(item.quantity);
    else if (outcome.decision == ItemDecision::kRejected)
      counts.push_back(0);
    else
      counts.push_back(outcome.quantity_received.value_or(item.quantity));
  }
  return counts;
}

// What the customer paid up front for an exchange that nothing comes of.
std::int64_t overpaid_minor(const ReturnState& state,
                            ReckonedReturn planned,
                            const ReckonedReturn& decided) {
  if (state.payment.status != PaymentStatus::kPaid) return 0;
  const auto counts = all_pieces(planned.items);
  planned.piece_counts = counts;
  const std::int64_t paid = std::min(state.payment.due.minor, charges_of(planned).minor);
  return std::max<std::int64_t>(paid - charges_of(decided).minor, 0);
}

ReturnTotals totals_after(const ReturnState& state, const std::vector<std::int64_t>& counts) {
  const ReturnFacts& facts = *state.facts;
  ReckonedReturn decided{.items = facts.items,
                         .piece_counts = counts,
                         .return_label_fee = facts.totals.return_label_fee,
                         .outgoing_shipping_refund = facts.totals.outgoing_shipping_refund};
  // Only an order that comes back whole has its shipping refunded.
  if (counts != all_pieces(facts.items)) decided.outgoing_shipping_refund.minor = 0;
  ReturnTotals totals = totals_of(decided, state.payment.due);
  const std::int64_t overpaid = overpaid_minor(state, decided, decided);
  totals.refund_total.minor += overpaid;
  totals.customer_owes.minor -= overpaid;
  return totals;
}

void set_amount(Payout& payout, Money amount) {
  payout.amount = amount;
  if (amount.minor > 0) return;
  payout.status = PayoutStatus::kCanceled;
  payout.is_checked = true;  // Nothing to ask the provider about.
}

Payout* find_refund(ReturnState& state) {
  const auto found = std::ranges::find(state.payouts, PayoutKind::kRefund, &Payout::kind);
  return found == state.payouts.end() ? nullptr : &*found;
}

void follow_refund_total(ReturnState& state, Money refund_total) {
  if (Payout* refund = find_refund(state)) {
    set_amount(*refund, refund_total);
    return;
  }
  if (refund_total.minor == 0) return;
  Payout refund{
      .id = std::string{kRefundPayoutId}, .kind = PayoutKind::kRefund, .amount = refund_total};
  const auto& gateways = state.facts->order.payment_gateways;
  if (!gateways.empty()) refund.gateway = gateways.front();
  state.payouts.push_back(std::move(refund));
}

void follow_gift_card(ReturnState& state, const ItemFacts& item, std::int64_t piece_count) {
  if (!item.gift_card || !item.gift_card->payout_id) return;
  const auto found = std::ranges::find(state.payouts, *item.gift_card->payout_id, &Payout::id);
  if (found != state.payouts.end()) set_amount(*found, gift_card_worth(item, piece_count));
}

void follow_exchange(ReturnState& state, const std::vector<std::int64_t>& counts) {
  if (state.exchange.status != ExchangeStatus::kOnHold) return;
  bool has_exchange = false;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (state.facts->items[i].action != ItemAction::kExchange) continue;
    if (counts[i] > 0) return;
    has_exchange = true;
  }
  if (has_exchange) state.exchange.status = ExchangeStatus::kCanceled;
}

}  // namespace

std::vector<FieldError> check_decisions(const ReturnState& state,
                                        const std::vector<ItemOutcome>& items) {
  std::vector<FieldError> wrong;
  for (std::size_t i = 0; i < items.size() && wrong.size() < limits::kFieldErrorsMax; ++i) {
    const ItemOutcome& given = items[i];
    const std::string pointer = "/items/" + std::to_string(i);
    const ItemFacts* item = find_item(state, given.item_id);
    if (item == nullptr) {
      wrong.push_back({.pointer = pointer + "/id",
                       .detail = "The return has no item with this id; GET it to see its items."});
      continue;
    }
    const auto here = items.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find_if(items.begin(), here, [&](const ItemOutcome& other) {
          return other.item_id == given.item_id;
        }) != here)
      wrong.push_back({.pointer = pointer + "/id", .detail = "This item stands here twice."});
    if (given.quantity_received.value_or(0) > item->quantity)
      wrong.push_back({.pointer = pointer + "/quantity_received",
                       .detail = "Must be at most " + std::to_string(item->quantity) +
                                 ", the number of pieces that the customer sent."});
  }
  return wrong;
}

void apply_decisions(ReturnState& state, const ProcessReturn& command) {
  if (!state.facts) return;
  state.item_outcomes.clear();
  for (const ItemFacts& item : state.facts->items)
    state.item_outcomes.push_back(outcome_of(item, command));
  const auto counts = pieces_that_count(state);
  state.processed_totals = totals_after(state, counts);
  follow_refund_total(state, state.processed_totals->refund_total);
  for (std::size_t i = 0; i < counts.size(); ++i)
    follow_gift_card(state, state.facts->items[i], counts[i]);
  follow_exchange(state, counts);
}

void forget_decisions(ReturnState& state) {
  if (!state.facts || !state.processed_totals) return;
  state.item_outcomes.clear();
  state.processed_totals.reset();
  const Money planned = state.facts->totals.refund_total;
  if (planned.minor == 0)
    std::erase_if(state.payouts,
                  [](const Payout& payout) { return payout.kind == PayoutKind::kRefund; });
  for (Payout& payout : state.payouts) {
    payout.is_checked = false;
    if (payout.kind == PayoutKind::kRefund) payout.amount = planned;
  }
  for (const ItemFacts& item : state.facts->items)
    follow_gift_card(state, item, item.quantity);
  if (state.exchange.status == ExchangeStatus::kCanceled)
    state.exchange.status = ExchangeStatus::kOnHold;
}

}  // namespace returnflows::returns
