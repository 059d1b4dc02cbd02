#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "returnflows/base/money.h"
#include "returnflows/returns/facts.h"

// The arithmetic of a return, exact: whole minor units, rounded half away from zero only where a
// share is taken. All amounts are within limits::kReturnMoneyMinorMax, so that no sum of
// limits::kReturnItemsMax lines leaves 64 bits. Source: docs/returns.md#money.
namespace returnflows::returns {

// `whole` * numerator / denominator. 0 <= numerator <= 10^7, 0 < denominator <= 2 * 10^7.
Money share_of_whole(Money whole, std::int64_t numerator, std::int64_t denominator);

// Rates of tax are counted in millionths: "0.25" is 250000.
inline constexpr std::int64_t kTaxRateOne = 1'000'000;

// The tax in `net_total`, or on it when the prices do not include it.
Money tax_of(Money net_total, std::int64_t rate_millionths, bool is_included);

// What the customer paid for all pieces of a line: with tax, also where the prices are without.
Money value_of(const ItemPrices& prices);

struct ReckonedReturn {
  std::span<const ItemFacts> items;
  std::span<const std::int64_t> piece_counts;  // Of each item, those that count.
  Money return_label_fee;
  Money outgoing_shipping_refund;
};

// The label's fee, and what new goods cost above the ones sent back.
Money charges_of(const ReckonedReturn& reckoned);

// The sums of a return. Its charges are taken from the money that goes back; `paid_up_front` is
// what the customer pays of them before the return is complete. Absent: what the money that goes
// back does not cover.
ReturnTotals totals_of(const ReckonedReturn& reckoned, std::optional<Money> paid_up_front);

// The number of pieces that were sent, for each item.
std::vector<std::int64_t> all_pieces(std::span<const ItemFacts> items);

// What the gift card of a line is worth when `piece_count` of its pieces count, bonus included.
Money gift_card_worth(const ItemFacts& item, std::int64_t piece_count);

}  // namespace returnflows::returns
