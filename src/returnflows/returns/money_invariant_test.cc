#include "returnflows/returns/money_invariant_test.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace returnflows::returns {
namespace {

std::int64_t sum_of(const ReturnState& state, PayoutKind kind) {
  std::int64_t sum = 0;
  for (const Payout& payout : state.payouts)
    if (payout.kind == kind) sum += payout.amount.minor;
  return sum;
}

bool is_below_zero(const ReturnTotals& totals) {
  return std::ranges::any_of(std::initializer_list<Money>{totals.items_value,
                                                          totals.items_tax,
                                                          totals.outgoing_shipping_refund,
                                                          totals.refund_total,
                                                          totals.gift_card_total,
                                                          totals.exchange_credit,
                                                          totals.customer_owes},
                             [](Money money) { return money.minor < 0; });
}

class PaysWhatWasDecided final : public Invariant {
 public:
  std::string on_event(const Event& event) override { return check(event.snapshot); }

  std::string on_decision(const Decision& decision, const Command&) override {
    const ReturnState& state = decision.state;
    const auto pays_nothing = [&](const PayoutRequest& request) {
      return std::ranges::find(state.payouts, request.payout_id, &Payout::id)->amount.minor <= 0;
    };
    return std::ranges::any_of(decision.payouts, pays_nothing) ? "a payout of nothing was asked for"
                                                               : check(state);
  }

 private:
  static std::string check(const ReturnState& state) {
    if (!state.facts) return "";
    const bool is_decided = state.processed_at.has_value();
    if (is_decided != state.processed_totals.has_value() ||
        is_decided == state.item_outcomes.empty())
      return "items are decided without a processing, or the other way round";
    const ReturnTotals totals = state.processed_totals.value_or(state.facts->totals);
    if (is_below_zero(totals)) return "a total is below zero";
    if (sum_of(state, PayoutKind::kRefund) != totals.refund_total.minor)
      return "the refunds are not the refund total";
    if (sum_of(state, PayoutKind::kGiftCard) != totals.gift_card_total.minor)
      return "the gift cards are not their total";
    return "";
  }
};

}  // namespace

std::unique_ptr<Invariant> money_invariant() {
  return std::make_unique<PaysWhatWasDecided>();
}

}  // namespace returnflows::returns
