#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// Rows 8, 9 and 17 of docs/returns.md: the payouts of a close, and the check after it.
namespace returnflows::returns {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A return whose payouts a provider makes.
ReturnUnderTest with_provider() {
  ReturnUnderTest subject;
  subject.settings.payouts = PayoutProvider::kExternal;
  return subject;
}

// Auto-close waits for the answer to its payout.
ReturnUnderTest closing_by_itself() {
  ReturnUnderTest subject = with_provider();
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.wait(hours{12});
  return subject;
}

CommandBody answer(std::string payout_id, PayoutVerdict verdict) {
  CheckedPayout checked;
  checked.payout_id = std::move(payout_id);
  checked.verdict = verdict;
  return CheckAfterClose{.payouts = {checked}};
}

TEST(Close, KeepsAFraudHoldThatCameWhileItsPayoutsWereUnderWay) {
  ReturnUnderTest subject = closing_by_itself();
  subject.give(FlagFraud{});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  ASSERT_EQ(subject.last_story(), "closed auto_close_completed");
  EXPECT_TRUE(subject.events().back().snapshot.flags.fraud_hold);
  EXPECT_TRUE(subject.state().flags.fraud_hold);
  EXPECT_EQ(subject.give(ClearFraud{}), "");
  EXPECT_FALSE(subject.state().flags.fraud_hold);
}

TEST(Close, KeepsAReviewThatWasAskedForWhileItsPayoutsWereUnderWay) {
  ReturnUnderTest subject = closing_by_itself();
  subject.give(MarkNeedsReview{});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  EXPECT_TRUE(subject.state().flags.needs_review);
  EXPECT_EQ(subject.give(ClearNeedsReview{}), "");
  EXPECT_EQ(display_status(subject.state()), "closed");
}

TEST(Close, ByAPersonEndsTheReviewThatStoodBefore) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(MarkNeedsReview{});
  subject.give(CloseReturn{});
  EXPECT_FALSE(subject.state().flags.needs_review);
}

TEST(AfterCloseCheck, GoesOnUntilEveryPayoutHasItsAnswer) {
  ReturnUnderTest subject = with_provider();
  subject.with_gift_card();
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  subject.give(PayoutSucceeded{.payout_id = "pay_gc_1"});
  subject.wait(minutes{5});
  subject.give(CheckAfterClose{});
  EXPECT_TRUE(subject.timer(TimerKind::kAfterCloseCheck));
  subject.give(answer("pay_rf_1", PayoutVerdict::kSettled));
  EXPECT_TRUE(subject.timer(TimerKind::kAfterCloseCheck));
  subject.wait(minutes{5});
  ASSERT_EQ(subject.last().payouts.size(), 1U) << "what is answered is not asked again";
  EXPECT_EQ(subject.last().payouts.front().payout_id, "pay_gc_1");
  subject.give(answer("pay_gc_1", PayoutVerdict::kSettled));
  EXPECT_FALSE(subject.timer(TimerKind::kAfterCloseCheck));
}

TEST(AfterCloseCheck, ReportsAFailureAtOnceAndGoesOnForTheOthers) {
  ReturnUnderTest subject = with_provider();
  subject.settings.auto_close = Switch::kOn;
  subject.with_gift_card();
  subject.create_delivered();
  subject.wait(hours{12});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  subject.give(PayoutSucceeded{.payout_id = "pay_gc_1"});
  subject.wait(minutes{5});
  subject.give(answer("pay_rf_1", PayoutVerdict::kFailed));
  EXPECT_EQ(subject.last_story(), "auto_close_failed");
  EXPECT_TRUE(subject.timer(TimerKind::kAfterCloseCheck));
  subject.give(answer("pay_rf_1", PayoutVerdict::kFailed));
  EXPECT_EQ(subject.last_story(), "") << "the same answer again";
  subject.give(answer("pay_gc_1", PayoutVerdict::kFailed));
  ASSERT_EQ(subject.last_story(), "auto_close_failed");
  EXPECT_EQ(std::get<AutoCloseFailedDetail>(subject.events().back().detail).failure.payout_id,
            "pay_gc_1");
  EXPECT_FALSE(subject.timer(TimerKind::kAfterCloseCheck));
}

TEST(Close, DoesNotTakeAPayoutOfUnknownOutcomeForPaidWhenItsProviderIsGone) {
  ReturnUnderTest subject = with_provider();
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutFailed{.payout_id = "pay_rf_1", .outcome = PayoutOutcome::kUnknown});
  subject.settings.payouts = PayoutProvider::kManual;
  subject.give(CloseReturn{});
  EXPECT_EQ(subject.last_story(), "");
  const Payout& payout = subject.state().payouts.front();
  EXPECT_EQ(payout.status, PayoutStatus::kFailed);
  EXPECT_TRUE(payout.is_outcome_unknown);
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kProcessed);
  EXPECT_TRUE(subject.state().flags.needs_review);
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.give(CloseReturn{});
  ASSERT_EQ(subject.last().payouts.size(), 1U);
  EXPECT_EQ(subject.last().payouts.front().action, PayoutAction::kAskThenExecute);
}

TEST(Close, ThatFailsKeepsAnArmedAutoCloseFromStarting) {
  ReturnUnderTest subject = with_provider();
  subject.settings.auto_close = Switch::kOn;
  subject.create();
  subject.label();
  subject.give(CloseReturn{});
  subject.give(PayoutFailed{.payout_id = "pay_rf_1"});
  subject.give(ClearNeedsReview{});
  subject.deliver();
  EXPECT_EQ(subject.last_story(), "in_transit delivered");
  EXPECT_EQ(subject.give(RearmAutoClose{}), "");
  EXPECT_EQ(subject.last_story(), "auto_close_initiated");
}

TEST(Close, ThatFailsWhileAutoCloseIsOffCountsOnceItIsOn) {
  ReturnUnderTest subject = with_provider();
  subject.create_delivered();
  subject.give(CloseReturn{});
  subject.give(PayoutFailed{.payout_id = "pay_rf_1"});
  subject.give(ClearNeedsReview{});
  subject.settings.auto_close = Switch::kOn;
  subject.give(ReviewSettings{});
  EXPECT_EQ(subject.last_story(), "");
  EXPECT_EQ(subject.give(RearmAutoClose{}), "");
  EXPECT_EQ(subject.last_story(), "auto_close_initiated");
}

TEST(AfterCloseCheck, AlertsOfAFailureButLeavesTheStatusOfTheClosedReturn) {
  ReturnUnderTest subject = with_provider();
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  subject.wait(minutes{5});
  subject.give(answer("pay_rf_1", PayoutVerdict::kFailed));
  EXPECT_EQ(subject.last_story(), "") << "only an automatic close emits its failure";
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kRefundFailed));
  EXPECT_FALSE(subject.state().flags.needs_review);
  EXPECT_EQ(display_status(subject.state()), "closed");
}

TEST(Close, KeepsTheLastCharactersOfAGiftCardAndNeverItsCode) {
  ReturnUnderTest subject = with_provider();
  subject.with_gift_card();
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutSucceeded{.payout_id = "pay_gc_1", .last_characters = "ABCD-EFGH-9F3K"});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  ASSERT_EQ(subject.last_story(), "closed");
  const auto& payouts = subject.last().events.back().snapshot.payouts;
  EXPECT_EQ(payouts.front().last_characters, std::nullopt);
  EXPECT_EQ(payouts.back().last_characters, "9F3K");
}

TEST(Close, CutsNoCharacterOfAGiftCardInTwo) {
  ReturnUnderTest subject = with_provider();
  subject.with_gift_card();
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutSucceeded{.payout_id = "pay_gc_1", .last_characters = "ABÆØ1"});
  EXPECT_EQ(subject.state().payouts.back().last_characters, "Ø1");
}

}  // namespace
}  // namespace returnflows::returns
