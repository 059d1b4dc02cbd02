#include "returnflows/returns/return_totals.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace returnflows::returns {
namespace {

Money danish(std::string_view amount) {
  return parse_money(amount, Currency::parse("DKK").value()).value();
}

ItemFacts item_of(ItemAction action, std::string_view value, std::int64_t quantity = 1) {
  ItemFacts item;
  item.action = action;
  item.quantity = quantity;
  item.prices.net_total = danish(value);
  return item;
}

ItemFacts exchange_of(std::string_view value, std::string_view difference) {
  ItemFacts item = item_of(ItemAction::kExchange, value);
  item.exchange_to = ExchangeTo{.difference = danish(difference)};
  return item;
}

ReturnTotals totals_with(const std::vector<ItemFacts>& items,
                         std::string_view fee,
                         std::optional<Money> paid_up_front = std::nullopt) {
  const auto counts = all_pieces(items);
  return totals_of({.items = items,
                    .piece_counts = counts,
                    .return_label_fee = danish(fee),
                    .outgoing_shipping_refund = danish("0")},
                   paid_up_front);
}

TEST(Share, IsRoundedHalfAwayFromZero) {
  EXPECT_EQ(share_of_whole(danish("0.05"), 1, 2), danish("0.03"));
  EXPECT_EQ(share_of_whole(danish("-0.05"), 1, 2), danish("-0.03"));
  EXPECT_EQ(share_of_whole(danish("0.04"), 1, 3), danish("0.01"));
}

TEST(Share, OfAllIsAll) {
  EXPECT_EQ(share_of_whole(danish("199.99"), 7, 7), danish("199.99"));
}

TEST(Share, OfTheLargestAmountDoesNotOverflow) {
  EXPECT_EQ(share_of_whole(danish("10000000000000.00"), 999'999, 1'000'000),
            danish("9999990000000.00"));
}

TEST(Tax, IsTakenOutOfPricesThatIncludeIt) {
  EXPECT_EQ(tax_of(danish("719.10"), 250'000, true), danish("143.82"));
}

TEST(Tax, ComesOnTopOfPricesThatDoNot) {
  EXPECT_EQ(tax_of(danish("100.00"), 88'750, false), danish("8.88"));
}

TEST(Value, CountsTaxOnce) {
  ItemPrices prices;
  prices.net_total = danish("100");
  prices.tax = ItemTax{.amount = danish("20"), .is_included = true};
  EXPECT_EQ(value_of(prices), danish("100"));
  prices.tax->is_included = false;
  EXPECT_EQ(value_of(prices), danish("120"));
}

TEST(Totals, TakeTheFeeFromTheRefund) {
  const ReturnTotals totals = totals_with({item_of(ItemAction::kRefund, "100")}, "39");
  EXPECT_EQ(totals.refund_total, danish("61"));
  EXPECT_EQ(totals.customer_owes, danish("0"));
}

TEST(Totals, MakeTheCustomerPayAFeeThatTheRefundDoesNotCover) {
  const ReturnTotals totals = totals_with({item_of(ItemAction::kRefund, "30")}, "39");
  EXPECT_EQ(totals.refund_total, danish("0"));
  EXPECT_EQ(totals.customer_owes, danish("9"));
}

TEST(Totals, RefundInFullWhenTheFeeIsPaidUpFront) {
  const ReturnTotals totals =
      totals_with({item_of(ItemAction::kRefund, "100")}, "39", danish("39"));
  EXPECT_EQ(totals.refund_total, danish("100"));
  EXPECT_EQ(totals.customer_owes, danish("39"));
}

TEST(Totals, DoNotRefundAPaymentThatIsForSomethingElse) {
  const ReturnTotals totals = totals_with({item_of(ItemAction::kRefund, "100")}, "0", danish("39"));
  EXPECT_EQ(totals.refund_total, danish("100"));
  EXPECT_EQ(totals.customer_owes, danish("39"));
}

TEST(Totals, LeaveAGiftCardWhole) {
  const ReturnTotals totals = totals_with({item_of(ItemAction::kGiftCard, "100")}, "39");
  EXPECT_EQ(totals.gift_card_total, danish("100"));
  EXPECT_EQ(totals.customer_owes, danish("39"));
}

TEST(Totals, GiveBackWhatACheaperExchangeLeaves) {
  const ReturnTotals totals = totals_with({exchange_of("200", "-20")}, "0");
  EXPECT_EQ(totals.refund_total, danish("20"));
  EXPECT_EQ(totals.exchange_credit, danish("180"));
}

TEST(Totals, ChargeWhatADearerExchangeCosts) {
  const ReturnTotals totals = totals_with({exchange_of("200", "30")}, "0");
  EXPECT_EQ(totals.exchange_credit, danish("200"));
  EXPECT_EQ(totals.customer_owes, danish("30"));
}

TEST(Totals, AddTheOutgoingShippingToTheRefund) {
  const std::vector<ItemFacts> items = {item_of(ItemAction::kRefund, "100")};
  const auto counts = all_pieces(items);
  const ReturnTotals totals = totals_of({.items = items,
                                         .piece_counts = counts,
                                         .return_label_fee = danish("0"),
                                         .outgoing_shipping_refund = danish("39")},
                                        std::nullopt);
  EXPECT_EQ(totals.refund_total, danish("139"));
}

TEST(Totals, CountOnlyThePiecesThatCount) {
  const std::vector<ItemFacts> items = {item_of(ItemAction::kRefund, "100", 3)};
  const std::vector<std::int64_t> counts = {2};
  const ReturnTotals totals = totals_of({.items = items,
                                         .piece_counts = counts,
                                         .return_label_fee = danish("0"),
                                         .outgoing_shipping_refund = danish("0")},
                                        std::nullopt);
  EXPECT_EQ(totals.items_value, danish("66.67"));
  EXPECT_EQ(totals.refund_total, danish("66.67"));
}

}  // namespace
}  // namespace returnflows::returns
