#include "returnflows/returns/item_decisions.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/returns/decision.h"
#include "returnflows/returns/return_draft.h"

namespace returnflows::returns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Timestamp kNow{std::chrono::milliseconds{1'770'000'000'000}};

Money danish(std::string_view amount) {
  return parse_money(amount, Currency::parse("DKK").value()).value();
}

// Two trousers for a refund, a jacket for a gift card with a bonus, a tee for one that costs 30.00
// more, which come off the refund.
constexpr std::string_view kItems =
    R"({"sku":"JNS","quantity":2,"action":"refund",)"
    R"("prices":{"unit_price":{"amount":"250.00","currency":"DKK"},"tax":{"rate":"0.25"}}},)"
    R"({"sku":"JKT","action":"gift_card","gift_card":{"bonus_percent":"10"},)"
    R"("prices":{"unit_price":{"amount":"700.00","currency":"DKK"}}},)"
    R"({"sku":"TEE","action":"exchange","prices":{"unit_price":{"amount":"200.00","currency":"DKK"}},)"
    R"("exchange_to":{"sku":"TEE-L","list_price":{"amount":"230.00","currency":"DKK"}}})";

// A return of these items that waits to be processed.
class Processing {
 public:
  explicit Processing(std::string_view items, std::string_view more = "") {
    const std::string body =
        R"({"order":{"id":"1001","currency":"DKK","is_full_return":true},"customer":{"id":"c"},)"
        R"("items":[)" +
        std::string{items} + "]" + std::string{more} + "}";
    auto draft = parse_return_draft(body);
    EXPECT_TRUE(draft.has_value()) << draft.error().detail;
    draft->creation.return_id = "ret_1";
    give(std::move(draft->creation));
    if (!state.payment.is_settled()) give(SettlePayment{});
  }

  // Returns what does not fit, each as "/pointer sentence".
  std::vector<std::string> give(CommandBody body) {
    const Command command{
        .body = std::move(body), .actor = {.type = ActorType::kStaff}, .correlation_id = {}};
    Outcome outcome = decide(state, command, kNow, settings);
    std::vector<std::string> wrong;
    if (outcome) {
      state = outcome->state;
      last = std::move(*outcome);
    } else {
      for (const FieldError& field : outcome.error().fields)
        wrong.push_back(field.pointer + " " + field.detail);
      if (wrong.empty()) wrong.emplace_back(outcome.error().reason);
    }
    return wrong;
  }

  std::vector<std::string> process(std::vector<ItemOutcome> items) {
    return give(ProcessReturn{.items = std::move(items)});
  }

  const Payout& payout(std::string_view id) const {
    return *std::ranges::find(state.payouts, id, &Payout::id);
  }

  const ReturnTotals& totals() const { return state.processed_totals.value(); }

  Settings settings{};
  ReturnState state;
  Decision last;
};

ItemOutcome rejected(std::string id) {
  return {
      .item_id = std::move(id), .decision = ItemDecision::kRejected, .rejection_reason = "worn"};
}

ItemOutcome received(std::string id, std::int64_t count) {
  return {
      .item_id = std::move(id), .decision = ItemDecision::kAccepted, .quantity_received = count};
}

TEST(Decisions, AcceptAllThatNobodyDecided) {
  Processing subject{kItems};
  EXPECT_THAT(subject.process({}), IsEmpty());
  EXPECT_EQ(subject.state.item_outcomes.at(0),
            (ItemOutcome{.item_id = "rit_01",
                         .decision = ItemDecision::kAccepted,
                         .condition = "not_inspected",
                         .is_restocked = true,
                         .quantity_received = 2}));
  EXPECT_EQ(subject.totals(), subject.state.facts->totals);
}

TEST(Decisions, OfACloseOnItsWayAcceptAll) {
  Processing subject{kItems};
  EXPECT_THAT(subject.give(CloseReturn{}), IsEmpty());
  EXPECT_THAT(subject.state.item_outcomes, SizeIs(3));
  EXPECT_EQ(subject.totals(), subject.state.facts->totals);
}

TEST(Decisions, StandInTheSnapshotOfTheEvent) {
  Processing subject{kItems};
  subject.process({rejected("rit_02")});
  const ReturnState& snapshot = subject.last.events.at(0).snapshot;
  EXPECT_EQ(snapshot.item_outcomes.at(1).decision, ItemDecision::kRejected);
  EXPECT_EQ(snapshot.processed_totals->gift_card_total, danish("0"));
}

TEST(Decisions, SendWhatIsRejectedBack) {
  Processing subject{kItems};
  subject.process({rejected("rit_01")});
  EXPECT_EQ(subject.state.item_outcomes.at(0),
            (ItemOutcome{.item_id = "rit_01",
                         .decision = ItemDecision::kRejected,
                         .rejection_reason = "worn",
                         .condition = "not_inspected",
                         .is_restocked = false,
                         .quantity_received = 2}));
}

TEST(Decisions, LeaveTheConditionOpenWhenSomeoneLooked) {
  Processing subject{kItems};
  subject.give(ProcessReturn{.inspection = Inspection::kInspected});
  EXPECT_EQ(subject.state.item_outcomes.at(0).condition, std::nullopt);
}

TEST(Decisions, CancelThePayoutOfWhatIsRejected) {
  Processing subject{kItems};
  subject.process({rejected("rit_02")});
  EXPECT_EQ(subject.payout("pay_gc_1").status, PayoutStatus::kCanceled);
  EXPECT_EQ(subject.payout("pay_rf_1").amount, danish("470"));
}

TEST(Decisions, ReduceThePayoutOfWhatDidNotArrive) {
  Processing subject{kItems};
  subject.process({received("rit_01", 1)});
  EXPECT_EQ(subject.payout("pay_rf_1").amount, danish("220"));
  EXPECT_EQ(subject.payout("pay_rf_1").status, PayoutStatus::kPending);
  EXPECT_EQ(subject.totals().items_tax, danish("50"));
}

TEST(Decisions, ReduceAGiftCardWithItsBonus) {
  Processing subject{
      R"({"sku":"A","quantity":3,"action":"gift_card","gift_card":{"bonus_percent":"10"},)"
      R"("prices":{"unit_price":{"amount":"33.35","currency":"DKK"}}})"};
  subject.process({received("rit_01", 2)});
  EXPECT_EQ(subject.payout("pay_gc_1").amount, danish("73.37"));
  EXPECT_EQ(subject.totals().gift_card_total, danish("73.37"));
}

TEST(Decisions, NeverPayWhatIsBelowZero) {
  Processing subject{R"({"sku":"A","action":"refund",)"
                     R"("prices":{"unit_price":{"amount":"100.00","currency":"DKK"}}})",
                     R"(,"return_label_fee":{"amount":"39.00","currency":"DKK"})"};
  ASSERT_EQ(subject.payout("pay_rf_1").amount, danish("61"));
  subject.process({rejected("rit_01")});
  EXPECT_EQ(subject.payout("pay_rf_1").amount, danish("0"));
  EXPECT_EQ(subject.payout("pay_rf_1").status, PayoutStatus::kCanceled);
  EXPECT_EQ(subject.totals().customer_owes, danish("39"));
}

TEST(Decisions, RefundNoShippingOfAnOrderThatIsNotWhole) {
  Processing subject{R"({"sku":"A","quantity":2,"action":"refund",)"
                     R"("prices":{"unit_price":{"amount":"100.00","currency":"DKK"}}})",
                     R"(,"outgoing_shipping_refund":{"amount":"39.00","currency":"DKK"})"};
  ASSERT_EQ(subject.payout("pay_rf_1").amount, danish("239"));
  subject.process({received("rit_01", 1)});
  EXPECT_EQ(subject.totals().outgoing_shipping_refund, danish("0"));
  EXPECT_EQ(subject.payout("pay_rf_1").amount, danish("100"));
}

TEST(Decisions, CancelAnExchangeOfWhichNothingIsLeft) {
  Processing subject{kItems};
  subject.process({rejected("rit_03")});
  EXPECT_EQ(subject.state.exchange.status, ExchangeStatus::kCanceled);
  EXPECT_EQ(subject.totals().exchange_credit, danish("0"));
}

constexpr std::string_view kDearerExchange =
    R"({"sku":"TEE","action":"exchange","prices":{"unit_price":{"amount":"200.00","currency":"DKK"}},)"
    R"("exchange_to":{"sku":"TEE-L","list_price":{"amount":"230.00","currency":"DKK"}}})";

TEST(Decisions, GiveBackWhatWasPaidForAnExchangeThatIsRejected) {
  Processing subject{kDearerExchange};
  ASSERT_THAT(subject.state.payouts, IsEmpty());
  subject.process({rejected("rit_01")});
  EXPECT_EQ(subject.payout("pay_rf_1").amount, danish("30"));
  EXPECT_EQ(subject.totals().customer_owes, danish("0"));
}

TEST(Decisions, KeepTheValueOfAnExchangeThatIsGone) {
  Processing subject{kDearerExchange};
  subject.state.exchange.status = ExchangeStatus::kReleased;
  subject.process({rejected("rit_01")});
  EXPECT_EQ(subject.state.item_outcomes.at(0).decision, ItemDecision::kRejected);
  EXPECT_EQ(subject.totals(), subject.state.facts->totals);
}

TEST(Decisions, AboutOtherItemsAreRefused) {
  Processing subject{kItems};
  EXPECT_THAT(subject.process({rejected("rit_01"), rejected("rit_09")}),
              ElementsAre("/items/1/id The return has no item with this id; GET it to see its "
                          "items."));
  EXPECT_EQ(subject.state.lifecycle, Lifecycle::kCompleted);
}

TEST(Decisions, AboutMoreThanWasSentAreRefused) {
  Processing subject{kItems};
  EXPECT_THAT(subject.process({received("rit_01", 3)}),
              ElementsAre("/items/0/quantity_received Must be at most 2, the number of pieces that "
                          "the customer sent."));
}

TEST(Decisions, AboutOneItemTwiceAreRefused) {
  Processing subject{kItems};
  EXPECT_THAT(subject.process({rejected("rit_01"), received("rit_01", 1)}),
              ElementsAre("/items/1/id This item stands here twice."));
}

TEST(Decisions, AreTakenBackByAReset) {
  Processing subject{kItems};
  const std::vector<Payout> planned = subject.state.payouts;
  subject.process({rejected("rit_01"), rejected("rit_02"), rejected("rit_03")});
  ASSERT_NE(subject.state.payouts, planned);
  subject.give(ResetReturn{});
  EXPECT_EQ(subject.state.payouts, planned);
  EXPECT_THAT(subject.state.item_outcomes, IsEmpty());
  EXPECT_EQ(subject.state.processed_totals, std::nullopt);
  EXPECT_EQ(subject.state.exchange.status, ExchangeStatus::kOnHold);
}

TEST(Decisions, AreTakenBackWithARefundThatTheyBrought) {
  Processing subject{kDearerExchange};
  subject.process({rejected("rit_01")});
  ASSERT_THAT(subject.state.payouts, SizeIs(1));
  subject.give(ResetReturn{});
  EXPECT_THAT(subject.state.payouts, IsEmpty());
}

TEST(Decisions, LeaveCanceledPayoutsOutOfTheClose) {
  Processing subject{kItems};
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.process({rejected("rit_02"), rejected("rit_03")});
  subject.give(CloseReturn{});
  ASSERT_THAT(subject.last.payouts, SizeIs(1));
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  ASSERT_EQ(subject.state.lifecycle, Lifecycle::kClosed);
  EXPECT_THAT(std::get<ClosedDetail>(subject.last.events.at(0).detail).payout_ids,
              ElementsAre("pay_rf_1"));
  subject.give(CheckAfterClose{.payouts = {{.payout_id = "pay_rf_1"}}});
  EXPECT_EQ(subject.state.after_close_check.status, CheckStatus::kDone);
}

TEST(Decisions, LeaveNothingToAskWhenNothingIsPaid) {
  Processing subject{R"({"sku":"A","action":"refund",)"
                     R"("prices":{"unit_price":{"amount":"100.00","currency":"DKK"}}})"};
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.process({rejected("rit_01")});
  subject.give(CloseReturn{});
  ASSERT_EQ(subject.state.lifecycle, Lifecycle::kClosed);
  subject.give(FireTimer{.kind = TimerKind::kAfterCloseCheck});
  EXPECT_THAT(subject.last.payouts, IsEmpty());
}

}  // namespace
}  // namespace returnflows::returns
