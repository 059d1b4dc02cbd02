#include "returnflows/returns/return_draft.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"

namespace returnflows::returns {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

Money danish(std::string_view amount) {
  return parse_money(amount, Currency::parse("DKK").value()).value();
}

std::string money(std::string_view amount) {
  return R"({"amount":")" + std::string{amount} + R"(","currency":"DKK"})";
}

// A refund of `amount`, with more members.
std::string refund(std::string_view amount, std::string_view more = "") {
  return R"({"sku":"TEE","action":"refund","prices":{"unit_price":)" + money(amount) + "}" +
         std::string{more} + "}";
}

// A body with these items, and more members.
std::string body_with(std::string_view items, std::string_view more = "") {
  return R"({"order":{"id":"1001","currency":"DKK"},"customer":{"email":"a@example.com"},"items":[)" +
         std::string{items} + "]" + std::string{more} + "}";
}

ReturnDraft draft_of(std::string_view body) {
  auto draft = parse_return_draft(body);
  EXPECT_TRUE(draft.has_value()) << draft.error().detail;
  return std::move(draft).value();
}

ItemFacts item_of(std::string_view item) {
  return draft_of(body_with(item)).creation.facts->items.at(0);
}

// What is wrong with a body, each as "/pointer sentence".
std::vector<std::string> problems_of(std::string_view body) {
  std::vector<std::string> all;
  const auto draft = parse_return_draft(body);
  if (draft) return all;
  for (const FieldError& field : draft.error().fields)
    all.push_back(field.pointer + " " + field.detail);
  return all;
}

std::vector<std::string> problems_of_item(std::string_view item) {
  return problems_of(body_with(item));
}

constexpr std::string_view kSmallest =
    R"({"order":{"id":"1001","currency":"DKK"},"customer":{"email":"a@example.com"},)"
    R"("items":[{"sku":"TEE-WHT-M","quantity":1,"action":"refund",)"
    R"("prices":{"unit_price":{"amount":"200.00","currency":"DKK"}}}]})";

// The return of the samples in docs/receiving, as a shop would ask for it.
constexpr std::string_view kSample = R"({
  "source": "customer_portal", "hand_in_deadline": "2026-02-16T22:59:59Z",
  "market": {"id": "mkt_dk", "name": "Denmark", "currency": "DKK", "locale": "da-DK"},
  "order": {"id": "gid://shopify/Order/5550001", "name": "#10234", "platform": "shopify",
    "currency": "DKK", "payment_gateways": ["shopify_payments"], "tags": ["hold-order"]},
  "customer": {"id": "gid://shopify/Customer/88001", "email": "anna@example.com",
    "first_name": "Anna", "last_name": "Jensen",
    "shipping_address": {"address1": "Nørregade 12", "city": "Aarhus C", "country_code": "DK"}},
  "items": [
    {"sku": "JKT-NVY-M", "quantity": 1, "action": "gift_card",
     "reason": {"code": "too_large", "label": "Too large"},
     "prices": {"unit_price": {"amount": "799.00", "currency": "DKK"},
       "line_discount": {"amount": "79.90", "currency": "DKK"},
       "net_total": {"amount": "719.10", "currency": "DKK"},
       "tax": {"rate": "0.25", "amount": {"amount": "143.82", "currency": "DKK"}, "included": true}},
     "gift_card": {"bonus_percent": "10", "expires_at": "2029-02-28T23:59:59Z"}},
    {"sku": "TEE-WHT-M", "quantity": 1, "action": "exchange",
     "prices": {"unit_price": {"amount": "200.00", "currency": "DKK"}, "tax": {"rate": "0.25"}},
     "exchange_to": {"sku": "TEE-WHT-L", "list_price": {"amount": "230.00", "currency": "DKK"},
       "charged_price": {"amount": "200.00", "currency": "DKK"}}},
    {"sku": "JNS-IND-32", "quantity": 1, "action": "refund",
     "prices": {"unit_price": {"amount": "499.00", "currency": "DKK"}, "tax": {"rate": "0.25"}}}],
  "totals": {"refund_total": {"amount": "499.00", "currency": "DKK"}},
  "payouts": [{"kind": "gift_card", "gateway": "shopify_gift_card"},
    {"kind": "refund", "parent_transaction_id": "6610001"}],
  "metadata": {"z": 136.0, "a": "kept"}})";

TEST(ReturnDraft, OfTheSmallestBodyRefundsWhatWasPaid) {
  const CreateReturn creation = draft_of(kSmallest).creation;
  const ReturnFacts& facts = *creation.facts;
  EXPECT_EQ(facts.number, "RF-1001-1");
  EXPECT_EQ(facts.iteration, 1);
  EXPECT_EQ(facts.source, "api");
  EXPECT_EQ(facts.items.at(0).id, "rit_01");
  EXPECT_EQ(facts.totals.refund_total, danish("200"));
  EXPECT_EQ(creation.payment_due, danish("0"));
  EXPECT_EQ(creation.exchange_order_number, std::nullopt);
  EXPECT_EQ(creation.hand_in_deadline, std::nullopt);
}

TEST(ReturnDraft, OfTheSampleHasItsSums) {
  const ReturnTotals totals = draft_of(kSample).creation.facts->totals;
  EXPECT_EQ(totals,
            (ReturnTotals{.items_value = danish("1418.10"),
                          .items_tax = danish("283.62"),
                          .return_label_fee = danish("0"),
                          .outgoing_shipping_refund = danish("0"),
                          .refund_total = danish("499"),
                          .gift_card_total = danish("791.01"),
                          .exchange_credit = danish("200"),
                          .customer_owes = danish("0")}));
}

TEST(ReturnDraft, OfTheSampleHasItsGiftCard) {
  const ItemFacts item = draft_of(kSample).creation.facts->items.at(0);
  EXPECT_EQ(item.gift_card,
            (GiftCardTerms{.base = danish("719.10"),
                           .bonus_hundredths_of_percent = 1000,
                           .bonus = danish("71.91"),
                           .total = danish("791.01"),
                           .expires_at = parse_rfc3339("2029-02-28T23:59:59Z").value(),
                           .payout_id = "pay_gc_1"}));
}

TEST(ReturnDraft, OfTheSampleHasItsExchange) {
  const CreateReturn creation = draft_of(kSample).creation;
  const ExchangeTo to = creation.facts->items.at(1).exchange_to.value();
  EXPECT_EQ(to.price_cover, danish("30"));
  EXPECT_EQ(to.difference, danish("0"));
  EXPECT_EQ(creation.exchange_order_number, "#EXCHANGE-#10234");
  EXPECT_EQ(creation.facts->exchange,
            (ExchangeFacts{.order_id = "gid://shopify/Order/5550001",
                           .strategy = "same_order",
                           .items = {{.sku = "TEE-WHT-L", .quantity = 1}}}));
}

TEST(ReturnDraft, OfTheSampleHasItsPayouts) {
  const std::vector<Payout> payouts = draft_of(kSample).creation.payouts;
  EXPECT_THAT(payouts,
              ElementsAre(Payout{.id = "pay_rf_1",
                                 .kind = PayoutKind::kRefund,
                                 .amount = danish("499"),
                                 .gateway = "shopify_payments",
                                 .parent_transaction_id = "6610001"},
                          Payout{.id = "pay_gc_1",
                                 .kind = PayoutKind::kGiftCard,
                                 .amount = danish("791.01"),
                                 .gateway = "shopify_gift_card"}));
}

TEST(ReturnDraft, OfThePortalIsByItsCustomer) {
  EXPECT_EQ(draft_of(kSample).actor,
            (Actor{.type = ActorType::kCustomer,
                   .id = "gid://shopify/Customer/88001",
                   .name = "Anna Jensen"}));
}

TEST(ReturnDraft, IsByTheActorThatItNames) {
  EXPECT_EQ(draft_of(body_with(refund("1"), R"(,"actor":{"type":"staff","id":"usr_1"})")).actor,
            (Actor{.type = ActorType::kStaff, .id = "usr_1"}));
}

TEST(ReturnDraft, KeepsMetadataByteForByte) {
  EXPECT_EQ(draft_of(kSample).creation.facts->metadata_json, R"({"z": 136.0, "a": "kept"})");
}

TEST(ReturnDraft, RefusesMetadataThatIsNoObjectOrTooLarge) {
  EXPECT_THAT(problems_of(body_with(refund("1"), R"(,"metadata":[1])")),
              ElementsAre("/metadata Must be a JSON object."));
  const std::string large(limits::kReturnMetadataBytesMax, 'x');
  EXPECT_THAT(problems_of(body_with(refund("1"), R"(,"metadata":{"a":")" + large + R"("})")),
              ElementsAre(StartsWith("/metadata Has ")));
}

TEST(ReturnDraft, NamesAllThatIsMissing) {
  EXPECT_THAT(problems_of("{}"),
              ElementsAre(StartsWith("/order This field is required"),
                          StartsWith("/customer This field is required"),
                          StartsWith("/items This field is required")));
}

TEST(ReturnDraft, NeedsAnItem) {
  EXPECT_THAT(problems_of(body_with("")), ElementsAre(StartsWith("/items At least one item")));
}

TEST(ReturnDraft, NeedsSomethingToKnowTheCustomerBy) {
  EXPECT_THAT(problems_of(R"({"order":{"id":"1","currency":"DKK"},"customer":{},"items":[)" +
                          refund("1") + "]}"),
              ElementsAre(StartsWith("/customer/email Nothing says who the customer is")));
}

TEST(ReturnDraft, NamesAllProblemsOfAllItemsAtOnce) {
  EXPECT_THAT(problems_of(body_with(R"({"sku":"A","action":"swap","prices":{"unit_price":)" +
                                    money("1") + R"(}},{"sku":"B","action":"refund","qty":2})")),
              UnorderedElementsAre(
                  StartsWith("/items/0/action Must be one of: refund, exchange, gift_card."),
                  StartsWith("/items/1/qty This field is not known"),
                  StartsWith("/items/1/prices This field is required")));
}

TEST(ReturnDraft, StopsAtTheLimitOfProblems) {
  std::string items = "{}";
  for (int i = 0; i < 100; ++i)
    items += ",{}";
  EXPECT_THAT(problems_of(body_with(items)), SizeIs(limits::kFieldErrorsMax));
}

TEST(ReturnDraft, NamesTheFieldThatWasMeant) {
  EXPECT_THAT(problems_of_item(refund("1", R"(,"quantitiy":2)")),
              ElementsAre("/items/0/quantitiy This field is not known; did you mean 'quantity'?"));
}

TEST(ReturnDraft, RefusesMoreItemsThanTheLimit) {
  std::string items = refund("1");
  for (std::size_t i = 0; i < limits::kReturnItemsMax; ++i)
    items += "," + refund("1");
  EXPECT_THAT(problems_of(body_with(items)),
              ElementsAre("/items Must be an array of at most 200 objects."));
}

TEST(ReturnDraft, RefusesABodyThatIsTooLarge) {
  const auto draft = parse_return_draft(std::string(limits::kReturnBytesMax + 1, ' '));
  ASSERT_FALSE(draft.has_value());
  EXPECT_EQ(draft.error().code, ErrorCode::kTooLarge);
}

TEST(ReturnDraft, RefusesAnotherCurrencyThanTheOrders) {
  EXPECT_THAT(problems_of_item(R"({"sku":"A","action":"refund",)"
                               R"("prices":{"unit_price":{"amount":"1.00","currency":"SEK"}}})"),
              ElementsAre(StartsWith(
                  "/items/0/prices/unit_price/currency All amounts of a return are in")));
}

TEST(ReturnDraft, RefusesAMarketInAnotherCurrency) {
  EXPECT_THAT(problems_of(body_with(refund("1"), R"(,"market":{"currency":"SEK"})")),
              ElementsAre(StartsWith("/market/currency A return is in the currency of its order")));
}

TEST(DraftItem, WorksOutItsNetTotal) {
  const ItemFacts item =
      item_of(R"({"sku":"A","quantity":3,"action":"refund","prices":{"unit_price":)" +
              money("100") + R"(,"line_discount":)" + money("20") +
              R"(,"order_discount_allocation":)" + money("5.50") + "}}");
  EXPECT_EQ(item.prices.net_total, danish("274.50"));
}

TEST(DraftItem, RefusesANetTotalThatDoesNotAddUp) {
  EXPECT_THAT(
      problems_of_item(R"({"sku":"A","quantity":2,"action":"refund","prices":{"unit_price":)" +
                       money("100") + R"(,"net_total":)" + money("100") + "}}"),
      ElementsAre(R"(/items/0/prices/net_total Must be "200.00", which is unit_price * )"
                  "quantity - line_discount - order_discount_allocation; correct it or "
                  "leave it out."));
}

TEST(DraftItem, RefusesDiscountsAboveThePrice) {
  EXPECT_THAT(problems_of_item(R"({"sku":"A","action":"refund","prices":{"unit_price":)" +
                               money("10") + R"(,"line_discount":)" + money("11") + "}}"),
              ElementsAre(StartsWith("/items/0/prices/line_discount The discounts are more")));
}

TEST(DraftItem, RefusesAPriceBeyondAllReason) {
  EXPECT_THAT(
      problems_of_item(R"({"sku":"A","quantity":2,"action":"refund","prices":{"unit_price":)" +
                       money("10000000000000") + "}}"),
      ElementsAre(StartsWith("/items/0/prices/unit_price All pieces together cost more")));
}

std::string taxed(std::string_view quantity, std::string_view tax) {
  return R"({"sku":"A","action":"refund","quantity":)" + std::string{quantity} +
         R"(,"prices":{"unit_price":)" + money("99.99") + R"(,"tax":)" + std::string{tax} + "}}";
}

TEST(DraftItem, WorksOutTheTaxThatIsIncluded) {
  const ItemTax tax = item_of(taxed("1", R"({"rate":"0.25"})")).prices.tax.value();
  EXPECT_EQ(tax, (ItemTax{.rate = "0.25", .amount = danish("20"), .is_included = true}));
}

TEST(DraftItem, WorksOutTheTaxOnTop) {
  const ItemFacts item = item_of(taxed("1", R"({"rate":"0.08875","included":false})"));
  EXPECT_EQ(item.prices.tax->amount, danish("8.87"));
}

TEST(DraftItem, RefusesATaxThatIsNotOfItsRate) {
  EXPECT_THAT(problems_of_item(taxed("1", R"({"rate":"0.25","amount":)" + money("20.01") + "}")),
              ElementsAre(StartsWith(R"(/items/0/prices/tax/amount Must be "20.00", which is)")));
}

TEST(DraftItem, TakesATaxThatWasRoundedPieceByPiece) {
  EXPECT_EQ(
      item_of(taxed("3", R"({"rate":"0.25","amount":)" + money("60.01") + "}")).prices.tax->amount,
      danish("60.01"));
}

TEST(DraftItem, RefusesARateInPerCent) {
  EXPECT_THAT(
      problems_of_item(taxed("1", R"({"rate":"25"})")),
      ElementsAre(StartsWith("/items/0/prices/tax/rate Must be a decimal number from 0 to 1")));
}

TEST(DraftItem, RefusesAnEmptyTax) {
  EXPECT_THAT(problems_of_item(taxed("1", "{}")),
              ElementsAre(StartsWith("/items/0/prices/tax/rate Send 'rate'")));
}

TEST(DraftItem, NeedsAName) {
  EXPECT_THAT(problems_of_item(R"({"action":"refund","prices":{"unit_price":)" + money("1") + "}}"),
              ElementsAre(StartsWith("/items/0/sku Nothing says which goods")));
}

TEST(DraftItem, NeedsItsOwnId) {
  EXPECT_THAT(problems_of(body_with(refund("1", R"(,"id":"rit_02")") + "," + refund("1"))),
              ElementsAre(StartsWith(R"(/items/1/id Another item has the id "rit_02" already)")));
}

std::string exchange(std::string_view quantity, std::string_view to) {
  return R"({"sku":"A","action":"exchange","quantity":)" + std::string{quantity} +
         R"(,"prices":{"unit_price":)" + money("200") + R"(},"exchange_to":)" + std::string{to} +
         "}";
}

TEST(DraftExchange, IsEvenWhenNothingIsSaidOfItsPrice) {
  const ExchangeTo to = item_of(exchange("2", R"({"sku":"B"})")).exchange_to.value();
  EXPECT_EQ(to.quantity, 2);
  EXPECT_EQ(to.charged_price, danish("200"));
  EXPECT_EQ(to.difference, danish("0"));
}

TEST(DraftExchange, CostsTheListPriceUnlessTheShopCoversIt) {
  const ExchangeTo to = item_of(exchange("1", R"({"sku":"B","list_price":)" + money("230") + "}"))
                            .exchange_to.value();
  EXPECT_EQ(to.price_cover, danish("0"));
  EXPECT_EQ(to.difference, danish("30"));
}

TEST(DraftExchange, CostsWhatTheCoverLeaves) {
  const ExchangeTo to = item_of(exchange("1",
                                         R"({"sku":"B","list_price":)" + money("230") +
                                             R"(,"price_cover":)" + money("20") + "}"))
                            .exchange_to.value();
  EXPECT_EQ(to.charged_price, danish("210"));
  EXPECT_EQ(to.difference, danish("10"));
}

TEST(DraftExchange, MakesTheCustomerPayTheDifferenceFirst) {
  const CreateReturn creation =
      draft_of(body_with(exchange("1", R"({"sku":"B","list_price":)" + money("230") + "}")))
          .creation;
  EXPECT_EQ(creation.payment_due, danish("30"));
  EXPECT_THAT(creation.payouts, IsEmpty());
}

TEST(DraftExchange, RefusesADifferenceThatDoesNotAddUp) {
  EXPECT_THAT(problems_of_item(exchange("1",
                                        R"({"sku":"B","list_price":)" + money("230") +
                                            R"(,"difference":)" + money("0") + "}")),
              ElementsAre(StartsWith(R"(/items/0/exchange_to/difference Must be "30.00")")));
}

TEST(DraftExchange, RefusesAChargeAboveTheListPrice) {
  EXPECT_THAT(problems_of_item(exchange("1",
                                        R"({"sku":"B","list_price":)" + money("200") +
                                            R"(,"charged_price":)" + money("201") + "}")),
              ElementsAre(StartsWith("/items/0/exchange_to/charged_price Is more than")));
}

TEST(DraftExchange, AsksForAPriceThatCannotBeSplit) {
  EXPECT_THAT(problems_of_item(exchange("1", R"({"sku":"B","quantity":3})")),
              ElementsAre(StartsWith("/items/0/exchange_to/charged_price Must be sent")));
}

TEST(DraftExchange, AddsTheTaxOfPricesWithoutIt) {
  const ItemFacts item =
      item_of(R"({"sku":"A","action":"exchange","prices":{"unit_price":)" + money("100") +
              R"(,"tax":{"rate":"0.25","included":false}},"exchange_to":{"sku":"B","list_price":)" +
              money("120") + "}}");
  EXPECT_EQ(item.exchange_to->difference, danish("25"));
}

TEST(DraftExchange, NeedsNewGoods) {
  EXPECT_THAT(problems_of_item(R"({"sku":"A","action":"exchange","prices":{"unit_price":)" +
                               money("1") + "}}"),
              ElementsAre(StartsWith("/items/0/exchange_to This field is required")));
  EXPECT_THAT(problems_of_item(exchange("1", R"({"title":"Tee"})")),
              ElementsAre(StartsWith("/items/0/exchange_to/sku Nothing says what the new goods")));
}

TEST(DraftExchange, BelongsToExchangesOnly) {
  EXPECT_THAT(problems_of_item(refund("1", R"(,"exchange_to":{"sku":"B"})")),
              ElementsAre(StartsWith("/items/0/exchange_to Only an item with the action")));
  EXPECT_THAT(problems_of(body_with(refund("1"), R"(,"exchange":{"order_number":"#E-1"})")),
              ElementsAre(StartsWith("/exchange No item has the action")));
}

TEST(DraftExchange, TakesTheShopsOwnOrderNumber) {
  EXPECT_EQ(draft_of(body_with(exchange("1", R"({"sku":"B"})"),
                               R"(,"exchange":{"order_number":"E-77","strategy":"new_order"})"))
                .creation.exchange_order_number,
            "E-77");
}

std::string gift_card(std::string_view more) {
  return R"({"sku":"A","action":"gift_card","prices":{"unit_price":)" + money("99.99") + "}" +
         std::string{more} + "}";
}

TEST(DraftGiftCard, IsWorthWhatWasPaidWithoutABonus) {
  EXPECT_EQ(item_of(gift_card("")).gift_card->total, danish("99.99"));
}

TEST(DraftGiftCard, HasItsBonusRoundedHalfUp) {
  EXPECT_EQ(item_of(gift_card(R"(,"gift_card":{"bonus_percent":"12.5"})")).gift_card->bonus,
            danish("12.50"));
}

TEST(DraftGiftCard, RefusesATotalThatDoesNotAddUp) {
  EXPECT_THAT(problems_of_item(
                  gift_card(R"(,"gift_card":{"bonus_percent":"10","total":)" + money("100") + "}")),
              ElementsAre(StartsWith(R"(/items/0/gift_card/total Must be "109.99")")));
}

TEST(DraftGiftCard, IsOnePayoutEach) {
  const CreateReturn creation = draft_of(body_with(gift_card("") + "," + gift_card(""))).creation;
  ASSERT_THAT(creation.payouts, SizeIs(2));
  EXPECT_EQ(creation.payouts[1].id, "pay_gc_2");
  EXPECT_EQ(creation.facts->items[1].gift_card->payout_id, "pay_gc_2");
}

TEST(DraftMoney, TakesTheFeeFromTheRefund) {
  const CreateReturn creation =
      draft_of(body_with(refund("200"), R"(,"return_label_fee":)" + money("39"))).creation;
  EXPECT_EQ(creation.payouts.at(0).amount, danish("161"));
  EXPECT_EQ(creation.payment_due, danish("0"));
}

TEST(DraftMoney, WaitsForAPaymentThatTheShopAsksFor) {
  const CreateReturn creation =
      draft_of(body_with(refund("200"), R"(,"payment_due":)" + money("39"))).creation;
  EXPECT_EQ(creation.payment_due, danish("39"));
  EXPECT_EQ(creation.payouts.at(0).amount, danish("200"));
}

TEST(DraftMoney, WaitsForNothingWhenTheShopSaysSo) {
  const CreateReturn creation = draft_of(body_with(gift_card(""),
                                                   R"(,"return_label_fee":)" + money("39") +
                                                       R"(,"payment_due":)" + money("0")))
                                    .creation;
  EXPECT_EQ(creation.payment_due, danish("0"));
  EXPECT_EQ(creation.facts->totals.customer_owes, danish("39"));
}

TEST(DraftMoney, RefusesAFeeThatIsSentTwiceAndDiffers) {
  EXPECT_THAT(problems_of(body_with(refund("200"),
                                    R"(,"return_label_fee":)" + money("39") +
                                        R"(,"totals":{"return_label_fee":)" + money("29") + "}")),
              ElementsAre(StartsWith("/totals/return_label_fee Is not the same as")));
}

TEST(DraftMoney, RefusesATotalThatDoesNotAddUp) {
  EXPECT_THAT(
      problems_of(body_with(refund("200"), R"(,"totals":{"refund_total":)" + money("199") + "}")),
      ElementsAre(AllOf(StartsWith(R"(/totals/refund_total Must be "200.00")"),
                        HasSubstr("leave it out"))));
}

TEST(DraftMoney, RefundsOutgoingShippingOnlyOfAFullReturn) {
  const std::string shipping = R"(,"outgoing_shipping_refund":)" + money("39");
  EXPECT_THAT(
      problems_of(body_with(refund("200"), shipping)),
      ElementsAre(StartsWith("/outgoing_shipping_refund Outgoing shipping is only refunded")));
  const std::string full =
      R"({"order":{"id":"1","currency":"DKK","is_full_return":true},"customer":{"id":"c"},"items":[)" +
      refund("200") + "]" + shipping + "}";
  EXPECT_EQ(draft_of(full).creation.payouts.at(0).amount, danish("239"));
}

TEST(DraftMoney, RefusesAPayoutThatIsNotOwed) {
  EXPECT_THAT(problems_of(body_with(refund("200"), R"(,"payouts":[{"kind":"gift_card"}])")),
              ElementsAre(StartsWith("/payouts/0/kind There is nothing more to pay out")));
  EXPECT_THAT(problems_of(body_with(
                  refund("200"), R"(,"payouts":[{"kind":"refund","amount":)" + money("1") + "}]")),
              ElementsAre(StartsWith(R"(/payouts/0/amount Must be "200.00")")));
}

TEST(DraftMoney, IsExactWithoutDecimals) {
  const auto draft = parse_return_draft(
      R"({"order":{"id":"1","currency":"JPY"},"customer":{"id":"c"},"items":[{"sku":"A",)"
      R"("action":"refund","prices":{"unit_price":{"amount":"999","currency":"JPY"},)"
      R"("tax":{"rate":"0.1"}}}]})");
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(format_amount(draft->creation.facts->totals.items_tax), "91");
}

}  // namespace
}  // namespace returnflows::returns
