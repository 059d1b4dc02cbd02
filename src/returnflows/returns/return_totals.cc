#include "returnflows/returns/return_totals.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace returnflows::returns {
namespace {

constexpr std::int64_t kHundredthsOfPercent = 10'000;

// What one line brings.
struct LineSums {
  Money value;
  Money tax;
  Money credit;  // Money that goes back by the original payment method.
  Money charge;  // Money that the customer still pays.
  Money gift_card;
  Money exchange_credit;
};

Money zero_like(Money money) {
  return {.minor = 0, .currency = money.currency};
}

LineSums sums_of(const ItemFacts& item, std::int64_t piece_count) {
  const Money value = share_of_whole(value_of(item.prices), piece_count, item.quantity);
  const Money zero = zero_like(value);
  LineSums sums{.value = value,
                .tax = item.prices.tax
                           ? share_of_whole(item.prices.tax->amount, piece_count, item.quantity)
                           : zero,
                .credit = zero,
                .charge = zero,
                .gift_card = zero,
                .exchange_credit = zero};
  switch (item.action) {
    case ItemAction::kRefund:
      sums.credit = value;
      break;
    case ItemAction::kGiftCard:
      sums.gift_card = gift_card_worth(item, piece_count);
      break;
    case ItemAction::kExchange: {
      const Money whole = item.exchange_to ? item.exchange_to->difference.value_or(zero) : zero;
      const std::int64_t difference = share_of_whole(whole, piece_count, item.quantity).minor;
      sums.charge.minor = std::max<std::int64_t>(difference, 0);
      sums.credit.minor = std::max<std::int64_t>(-difference, 0);
      sums.exchange_credit.minor = value.minor - sums.credit.minor;
      break;
    }
  }
  return sums;
}

LineSums sum_up(const ReckonedReturn& reckoned) {
  const Money zero = zero_like(reckoned.return_label_fee);
  LineSums all{zero, zero, zero, zero, zero, zero};
  for (std::size_t i = 0; i < reckoned.items.size(); ++i) {
    const LineSums line = sums_of(reckoned.items[i], reckoned.piece_counts[i]);
    all.value.minor += line.value.minor;
    all.tax.minor += line.tax.minor;
    all.credit.minor += line.credit.minor;
    all.charge.minor += line.charge.minor;
    all.gift_card.minor += line.gift_card.minor;
    all.exchange_credit.minor += line.exchange_credit.minor;
  }
  all.credit.minor += reckoned.outgoing_shipping_refund.minor;
  all.charge.minor += reckoned.return_label_fee.minor;
  return all;
}

}  // namespace

Money share_of_whole(Money whole, std::int64_t numerator, std::int64_t denominator) {
  // Whole and rest apart, so that no product leaves 64 bits.
  const std::int64_t rest = whole.minor % denominator * numerator;
  whole.minor = whole.minor / denominator * numerator + rest / denominator;
  if (std::abs(rest % denominator) * 2 >= denominator) whole.minor += rest < 0 ? -1 : 1;
  return whole;
}

Money tax_of(Money net_total, std::int64_t rate_millionths, bool is_included) {
  return share_of_whole(
      net_total, rate_millionths, is_included ? kTaxRateOne + rate_millionths : kTaxRateOne);
}

Money value_of(const ItemPrices& prices) {
  Money value = prices.net_total;
  if (prices.tax && !prices.tax->is_included) value.minor += prices.tax->amount.minor;
  return value;
}

Money charges_of(const ReckonedReturn& reckoned) {
  return sum_up(reckoned).charge;
}

ReturnTotals totals_of(const ReckonedReturn& reckoned, std::optional<Money> paid_up_front) {
  const LineSums sums = sum_up(reckoned);
  const std::int64_t credit = sums.credit.minor;
  const std::int64_t charge = sums.charge.minor;
  const std::int64_t paid =
      paid_up_front ? paid_up_front->minor : std::max<std::int64_t>(charge - credit, 0);
  const std::int64_t unpaid = std::max<std::int64_t>(charge - paid, 0);
  const Currency currency = reckoned.return_label_fee.currency;
  return {
      .items_value = sums.value,
      .items_tax = sums.tax,
      .return_label_fee = reckoned.return_label_fee,
      .outgoing_shipping_refund = reckoned.outgoing_shipping_refund,
      .refund_total = {.minor = std::max<std::int64_t>(credit - unpaid, 0), .currency = currency},
      .gift_card_total = sums.gift_card,
      .exchange_credit = sums.exchange_credit,
      .customer_owes = {.minor = paid + std::max<std::int64_t>(unpaid - credit, 0),
                        .currency = currency}};
}

std::vector<std::int64_t> all_pieces(std::span<const ItemFacts> items) {
  std::vector<std::int64_t> counts;
  counts.reserve(items.size());
  for (const ItemFacts& item : items)
    counts.push_back(item.quantity);
  return counts;
}

Money gift_card_worth(const ItemFacts& item, std::int64_t piece_count) {
  Money worth = share_of_whole(value_of(item.prices), piece_count, item.quantity);
  if (item.gift_card)
    worth.minor +=
        share_of_whole(worth, item.gift_card->bonus_hundredths_of_percent, kHundredthsOfPercent)
            .minor;
  return worth;
}

}  // namespace returnflows::returns
