#include <chrono>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// The sequences that docs/returns.md shows, each from its first event to its last.
namespace returnflows::returns {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

ReturnUnderTest with_auto_close() {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  return subject;
}

TEST(Sequence, RefundClosesItselfTwelveHoursAfterTheDelivery) {
  ReturnUnderTest subject = with_auto_close();
  subject.create_delivered();
  const Timestamp delivered_at = subject.now;
  subject.wait(hours{13});
  EXPECT_EQ(subject.story(),
            "created completed label_generated in_transit delivered auto_close_initiated "
            "processed closed auto_close_completed");
  EXPECT_EQ(subject.state().closed_at, delivered_at + hours{12});
}

TEST(Sequence, InstantExchangeIsReleasedAtTheHandInAndNotAgain) {
  ReturnUnderTest subject = with_auto_close();
  subject.settings.instant_exchange = Switch::kOn;
  subject.create_delivered("#EXCHANGE-#1");
  subject.wait(hours{12});
  EXPECT_EQ(subject.story(),
            "created completed label_generated in_transit instant_exchange delivered "
            "auto_close_initiated processed closed auto_close_completed");
  const auto& closed = std::get<ClosedDetail>(subject.events()[8].detail);
  EXPECT_FALSE(closed.is_exchange_released);
}

TEST(Sequence, ExchangeWithoutInstantIsReleasedByTheClose) {
  ReturnUnderTest subject;
  subject.create_delivered("#EXCHANGE-#1");
  subject.give(ProcessReturn{});
  EXPECT_EQ(subject.state().exchange.status, ExchangeStatus::kOnHold);
  subject.give(CloseReturn{});
  EXPECT_EQ(subject.story(),
            "created completed label_generated in_transit delivered processed closed");
  EXPECT_EQ(subject.state().exchange.status, ExchangeStatus::kReleased);
  EXPECT_TRUE(std::get<ClosedDetail>(subject.events().back().detail).is_exchange_released);
}

TEST(Sequence, FraudStopsTheCountdownUntilStaffCloses) {
  ReturnUnderTest subject = with_auto_close();
  subject.create_delivered();
  subject.give(FlagFraud{});
  EXPECT_EQ(subject.last_story(), "auto_close_cancelled");
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kAutoCloseCancelledFraud));
  subject.wait(hours{48});
  EXPECT_EQ(subject.last_story(), "auto_close_cancelled");
  subject.give(CloseReturn{});
  EXPECT_EQ(subject.last_story(), "processed closed");
  EXPECT_FALSE(has_alert(subject.state(), AlertCode::kAutoCloseCancelledFraud));
}

TEST(Sequence, RefundErrorFailsTheAutoCloseUntilStaffCloses) {
  ReturnUnderTest subject = with_auto_close();
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.create_delivered();
  subject.wait(hours{12});
  EXPECT_EQ(subject.last_story(), "processed");
  ASSERT_EQ(subject.last().payouts.size(), 1U);
  subject.give(PayoutFailed{.payout_id = "pay_rf_1", .error = {.code = "declined"}});
  EXPECT_EQ(subject.last_story(), "auto_close_failed");
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kProcessed);
  EXPECT_TRUE(subject.state().flags.needs_review);
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kRefundFailed));
  subject.give(CloseReturn{});
  EXPECT_EQ(subject.last_story(), "");
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  EXPECT_EQ(subject.last_story(), "closed");
}

TEST(Sequence, PauseInTheCountdownStartsItAnewAfterTheResume) {
  ReturnUnderTest subject = with_auto_close();
  subject.create_delivered();
  subject.wait(hours{6});
  subject.give(PauseReturn{});
  EXPECT_EQ(subject.last_story(), "auto_close_cancelled paused");
  subject.wait(hours{24});
  subject.give(ResumeReturn{});
  EXPECT_EQ(subject.last_story(), "resumed auto_close_initiated");
  EXPECT_EQ(subject.state().auto_close.closes_at, subject.now + hours{12});
  EXPECT_EQ(subject.state().auto_close.attempt, 2);
}

TEST(Sequence, FeeThatIsDueHoldsTheReturnInCreated) {
  ReturnUnderTest subject;
  subject.create("39.00");
  EXPECT_EQ(subject.story(), "created");
  EXPECT_EQ(display_status(subject.state()), "awaiting_payment");
  subject.give(SettlePayment{});
  EXPECT_EQ(subject.story(), "created completed");
}

TEST(Sequence, FirstScanThatSaysDeliveredInfersTheHandIn) {
  ReturnUnderTest subject;
  subject.settings.instant_exchange = Switch::kOn;
  subject.create("0", "#EXCHANGE-#1");
  subject.label();
  subject.deliver();
  EXPECT_EQ(subject.last_story(), "in_transit instant_exchange delivered");
  EXPECT_TRUE(std::get<ShipmentDetail>(subject.last().events.front().detail).is_inferred);
  EXPECT_FALSE(std::get<ShipmentDetail>(subject.last().events.back().detail).is_inferred);
}

TEST(Sequence, PauseOfAnOrderReachesEachReturnWithTheSameCorrelation) {
  for (int open_return = 0; open_return < 2; ++open_return) {
    ReturnUnderTest subject;
    subject.create();
    subject.give(PauseReturn{.scope = Scope::kOrder});
    ASSERT_EQ(subject.last_story(), "paused");
    EXPECT_EQ(subject.last().events.front().correlation_id, "cmd_1");
    EXPECT_EQ(subject.last().events.front().command, "PauseOrder");
  }
}

TEST(Sequence, RefundThatFailsAfterAnAutomaticCloseIsReported) {
  ReturnUnderTest subject = with_auto_close();
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.create_delivered();
  subject.wait(hours{12});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  EXPECT_EQ(subject.last_story(), "closed auto_close_completed");
  subject.wait(minutes{5});
  ASSERT_EQ(subject.last().payouts.size(), 1U);
  EXPECT_EQ(subject.last().payouts.front().action, PayoutAction::kAsk);
  subject.give(CheckAfterClose{
      .payouts = {{.payout_id = "pay_rf_1", .verdict = PayoutVerdict::kFailed, .error = {}}}});
  ASSERT_EQ(subject.last_story(), "auto_close_failed");
  const auto& detail = std::get<AutoCloseFailedDetail>(subject.last().events.front().detail);
  EXPECT_EQ(detail.failure.phase, FailurePhase::kAfterCloseCheck);
  EXPECT_TRUE(detail.is_return_closed);
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kClosed);
  EXPECT_FALSE(subject.timer(TimerKind::kAfterCloseCheck));
}

}  // namespace
}  // namespace returnflows::returns
