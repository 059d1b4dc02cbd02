#include <chrono>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// The effects of the rows of docs/returns.md that neither a sequence nor a guard shows.
namespace returnflows::returns {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Row1, CreationPutsTheExchangeOnHoldAndKeepsTheDeadline) {
  ReturnUnderTest subject;
  subject.create("39.00", "#EXCHANGE-#1");
  ASSERT_EQ(subject.story(), "created");
  EXPECT_EQ(subject.events().front().actor.type, ActorType::kCustomer);
  EXPECT_EQ(subject.events().front().previous_status, Lifecycle::kNone);
  EXPECT_EQ(subject.state().exchange.status, ExchangeStatus::kOnHold);
  EXPECT_EQ(subject.state().payment.status, PaymentStatus::kDue);
  EXPECT_EQ(subject.state().hand_in_deadline, kTestStart + std::chrono::days{14});
}

TEST(Row2, PaymentIsKeptWithItsTimeAndEndsItsAlert) {
  ReturnUnderTest subject;
  subject.settings.payment_alert = hours{24};
  subject.create("39.00");
  subject.wait(hours{25});
  ASSERT_TRUE(has_alert(subject.state(), AlertCode::kPaymentDue));
  subject.give(SettlePayment{.provider = "quickpay", .reference = "4711"});
  EXPECT_EQ(subject.state().payment.status, PaymentStatus::kPaid);
  EXPECT_EQ(subject.state().payment.paid_at, subject.now);
  EXPECT_EQ(subject.state().payment.reference, "4711");
  EXPECT_FALSE(has_alert(subject.state(), AlertCode::kPaymentDue));
}

TEST(Row3, PaymentDuringAPauseCompletesTheReturnAtTheResume) {
  ReturnUnderTest subject;
  subject.create("39.00");
  subject.give(PauseReturn{});
  subject.give(SettlePayment{});
  EXPECT_EQ(subject.last_story(), "");
  subject.give(ResumeReturn{});
  EXPECT_EQ(subject.last_story(), "resumed completed");
}

TEST(Row4, NewLabelVoidsTheOlderOneAndNamesIt) {
  ReturnUnderTest subject;
  subject.create();
  subject.label();
  subject.give(GenerateLabel{.carrier = "gls_dk", .tracking_number = "2"});
  ASSERT_EQ(subject.last_story(), "label_generated");
  const auto& labels = subject.state().labels;
  ASSERT_EQ(labels.size(), 2U);
  EXPECT_EQ(labels.front().voided_at, subject.now);
  EXPECT_EQ(labels.back().replaces_label_id, labels.front().id);
  EXPECT_EQ(live_shipments(subject.state()).size(), 1U);
}

TEST(Row4, RefusalOfTheCarrierRaisesAnAlertUntilThereIsALabel) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(ReportLabelFailure{}, ActorType::kSystem);
  EXPECT_EQ(subject.last_story(), "");
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kLabelFailed));
  subject.label();
  EXPECT_FALSE(has_alert(subject.state(), AlertCode::kLabelFailed));
}

TEST(Row5, OnlyTheFirstAcceptanceIsAnEventAndItEndsTheTrackingAlerts) {
  ReturnUnderTest subject;
  subject.create();
  subject.label();
  subject.wait(hours{336});
  ASSERT_TRUE(has_alert(subject.state(), AlertCode::kNoTracking7d));
  ASSERT_TRUE(has_alert(subject.state(), AlertCode::kNoTracking14d));
  subject.hand_in();
  ASSERT_EQ(subject.last_story(), "in_transit");
  EXPECT_FALSE(has_alert(subject.state(), AlertCode::kNoTracking7d));
  EXPECT_FALSE(has_alert(subject.state(), AlertCode::kNoTracking14d));
  subject.now += hours{1};
  subject.hand_in();
  EXPECT_EQ(subject.last_story(), "");
}

TEST(Row6, OnlyTheFirstDeliveryIsAnEventAndItHappenedAtTheCarriersTime) {
  ReturnUnderTest subject;
  subject.create();
  subject.label();
  subject.now += hours{4};
  subject.carrier_says(ScanStatus::kDelivered, subject.now - hours{3});
  ASSERT_EQ(subject.last_story(), "in_transit delivered");
  EXPECT_EQ(subject.events().back().occurred_at, subject.now - hours{3});
  subject.deliver();
  EXPECT_EQ(subject.last_story(), "");
}

TEST(Row7, ProcessingTellsItsSourceAndWhetherTheGoodsWereInspected) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(ProcessReturn{.source = ProcessSource::kWms, .inspection = Inspection::kInspected},
               ActorType::kWms);
  ASSERT_EQ(subject.last_story(), "processed");
  const auto& detail = std::get<ProcessedDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.source, ProcessSource::kWms);
  EXPECT_EQ(detail.inspection, Inspection::kInspected);
  EXPECT_EQ(subject.state().processed_at, subject.now);
}

TEST(Row8, CloseByStaffEndsTheCountdownAndProcessesOnTheWay) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(CloseReturn{});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled processed closed");
  const auto& cancelled = std::get<AutoCloseCancelledDetail>(subject.last().events[0].detail);
  EXPECT_EQ(cancelled.reason, CancelReason::kManualClose);
  EXPECT_EQ(subject.state().closed_by, ActorType::kStaff);
  EXPECT_EQ(subject.timer(TimerKind::kAfterCloseCheck), subject.now + minutes{5});
}

TEST(Row8, RefusedPayoutLeavesTheReturnProcessedWithoutAnEvent) {
  ReturnUnderTest subject;
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.create();
  subject.give(CloseReturn{});
  ASSERT_EQ(subject.last_story(), "processed");
  subject.give(PayoutFailed{.payout_id = "pay_rf_1"});
  EXPECT_EQ(subject.last_story(), "");
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kProcessed);
  EXPECT_TRUE(subject.state().flags.needs_review);
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kRefundFailed));
}

TEST(Row9, TimerThatComesDueAfterTheSettingWasTurnedOffClosesNothing) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.settings.auto_close = Switch::kOff;
  subject.wait(hours{12});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled");
  EXPECT_EQ(std::get<AutoCloseCancelledDetail>(subject.events().back().detail).reason,
            CancelReason::kSettingDisabled);
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kCompleted);
}

TEST(Row10, CountdownCancelledByStaffStaysCancelled) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  const auto closes_at = subject.state().auto_close.closes_at;
  subject.give(CancelAutoClose{});
  const auto& detail = std::get<AutoCloseCancelledDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.reason, CancelReason::kStaff);
  EXPECT_EQ(detail.was_closing_at, closes_at);
  EXPECT_TRUE(detail.is_latched);
  subject.wait(hours{48});
  EXPECT_EQ(subject.last_story(), "auto_close_cancelled");
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kCompleted);
}

TEST(Row11, CountdownArmedAgainCountsFromThenAsItsNextAttempt) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(CancelAutoClose{});
  subject.now += hours{30};
  subject.give(RearmAutoClose{});
  ASSERT_EQ(subject.last_story(), "auto_close_initiated");
  const auto& detail = std::get<AutoCloseInitiatedDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.attempt, 2);
  EXPECT_EQ(detail.closes_at, subject.now + hours{12});
}

TEST(Row12, PauseStopsEveryTimer) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create();
  subject.label();
  ASSERT_FALSE(subject.last().timers.empty());
  subject.give(PauseReturn{});
  EXPECT_TRUE(subject.last().timers.empty());
}

TEST(Row13, ResumeTellsTheScopeOfThePauseThatItEnds) {
  ReturnUnderTest subject;
  subject.create();
  subject.give(PauseReturn{.scope = Scope::kOrder});
  subject.now += seconds{90};
  subject.give(ResumeReturn{.scope = Scope::kReturn});
  ASSERT_EQ(subject.last_story(), "resumed");
  const Event& resumed = subject.last().events.back();
  EXPECT_EQ(resumed.command, "ResumeReturn");
  EXPECT_EQ(std::get<ResumedDetail>(resumed.detail).scope, Scope::kOrder);
  EXPECT_EQ(std::get<ResumedDetail>(resumed.detail).paused_seconds, 90);
}

TEST(Row14, CancellationVoidsTheLabelAndCallsOffExchangeAndPayouts) {
  ReturnUnderTest subject;
  subject.create("0", "#EXCHANGE-#1");
  subject.label();
  subject.give(PauseReturn{});
  subject.give(CancelReturn{.reason = "changed_mind"});
  ASSERT_EQ(subject.last_story(), "canceled") << "a paused return is canceled without resumed";
  const auto& detail = std::get<CanceledDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.reason, "changed_mind");
  EXPECT_TRUE(detail.is_label_voided);
  EXPECT_TRUE(detail.is_exchange_canceled);
  EXPECT_EQ(subject.state().payouts.front().status, PayoutStatus::kCanceled);
  EXPECT_TRUE(subject.last().timers.empty());
}

TEST(Row14, CancellationEndsTheCountdownFirst) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(CancelReturn{});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled canceled");
  EXPECT_FALSE(std::get<CanceledDetail>(subject.events().back().detail).is_label_voided)
      << "the parcel is on its way or there";
}

TEST(Row15, ResetVoidsTheLabelThatNobodyHandedIn) {
  ReturnUnderTest subject;
  subject.create();
  subject.label();
  subject.give(ProcessReturn{});
  subject.give(ResetReturn{.reason = "wrong_items"});
  ASSERT_EQ(subject.last_story(), "reset");
  const auto& detail = std::get<ResetDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.revision_before, 1);
  EXPECT_EQ(detail.reason, "wrong_items");
  EXPECT_TRUE(subject.state().shipments.empty());
  EXPECT_TRUE(subject.state().labels.front().voided_at);
  EXPECT_FALSE(subject.state().processed_at);
}

TEST(Row15, ResetEndsTheCountdownFirstAndKeepsTheParcelThatIsHandedIn) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(ResetReturn{});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled reset");
  EXPECT_EQ(live_shipments(subject.state()).size(), 1U);
}

TEST(Row15, CountdownAfterAResetCountsFromTheNewCompletion) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  const Timestamp delivered_at = subject.now;
  subject.give(ResetReturn{});
  subject.now += hours{72};
  subject.give(CompleteReturn{});
  ASSERT_EQ(subject.last_story(), "completed auto_close_initiated");
  const auto& detail = std::get<AutoCloseInitiatedDetail>(subject.events().back().detail);
  EXPECT_EQ(detail.trigger_at, delivered_at);
  EXPECT_EQ(detail.closes_at, subject.now + hours{12});
}

TEST(Row16, ReviewEndsTheCountdownUntilStaffArmsItAgain) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(MarkNeedsReview{});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled");
  EXPECT_EQ(display_status(subject.state()), "needs_review");
  subject.give(ClearNeedsReview{});
  EXPECT_EQ(subject.last_story(), "");
  subject.give(RearmAutoClose{});
  EXPECT_EQ(subject.last_story(), "auto_close_initiated");
}

TEST(Row16, TrackingThatIsFoundAgainStartsTheCountdownByItself) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  subject.create_delivered();
  subject.give(LoseTracking{});
  ASSERT_EQ(subject.last_story(), "auto_close_cancelled");
  subject.give(RestoreTracking{});
  EXPECT_EQ(subject.last_story(), "auto_close_initiated");
}

TEST(Row17, ProviderThatNeverAnswersIsGivenUpOnAndNoted) {
  ReturnUnderTest subject;
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.create();
  subject.give(CloseReturn{});
  subject.give(PayoutSucceeded{.payout_id = "pay_rf_1"});
  subject.wait(hours{25});
  EXPECT_FALSE(subject.timer(TimerKind::kAfterCloseCheck));
  EXPECT_EQ(subject.state().timeline.back().note,
            "the provider never said whether the payouts arrived");
}

TEST(Timer, ForTheHandInAlertsADayAfterTheDeadlineAndLeavesTheStatus) {
  ReturnUnderTest subject;
  subject.create();
  subject.wait(std::chrono::days{15});
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kHandInExpired));
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kCompleted);
  EXPECT_EQ(subject.story(), "created completed");
}

}  // namespace
}  // namespace returnflows::returns
