#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// The columns "from" and "guard" of docs/returns.md: what a return takes in each of its states.
namespace returnflows::returns {
namespace {

std::string allowed(const ReturnUnderTest& subject, ActorType actor = ActorType::kStaff) {
  std::string texts;
  for (const CommandName name : allowed_commands(subject.state(), actor)) {
    if (!texts.empty()) texts += ' ';
    texts += command_name_text(name);
  }
  return texts;
}

ReturnUnderTest completed() {
  ReturnUnderTest subject;
  subject.create();
  return subject;
}

TEST(Guard, CreatedTakesAPaymentThatIsDueButNoCompletionBeforeIt) {
  ReturnUnderTest subject;
  subject.create("39.00");
  EXPECT_EQ(allowed(subject), "pay cancel pause");
  EXPECT_EQ(subject.give(CompleteReturn{}), "a payment is still due");
}

TEST(Guard, CompletedTakesAllButWhatIsOver) {
  EXPECT_EQ(allowed(completed()),
            "label process close cancel pause reset mark_needs_review flag_fraud lose_tracking");
}

TEST(Guard, ProcessedIsNotProcessedAgain) {
  ReturnUnderTest subject = completed();
  subject.give(ProcessReturn{});
  EXPECT_EQ(allowed(subject),
            "label close cancel pause reset mark_needs_review flag_fraud lose_tracking");
}

TEST(Guard, PausedTakesNothingThatMovesIt) {
  ReturnUnderTest subject = completed();
  subject.give(PauseReturn{});
  EXPECT_EQ(allowed(subject), "cancel resume mark_needs_review flag_fraud lose_tracking");
}

TEST(Guard, FlagsTurnTheirCommandsAround) {
  ReturnUnderTest subject = completed();
  subject.give(MarkNeedsReview{});
  subject.give(FlagFraud{});
  subject.give(LoseTracking{});
  EXPECT_EQ(allowed(subject),
            "label process close cancel pause reset clear_needs_review clear_fraud "
            "restore_tracking");
}

TEST(Guard, ResetWaitsForItsCompletion) {
  ReturnUnderTest subject = completed();
  subject.give(ResetReturn{});
  EXPECT_EQ(subject.state().lifecycle, Lifecycle::kCreated);
  EXPECT_EQ(subject.state().revision, 2);
  EXPECT_EQ(allowed(subject), "complete cancel pause");
}

TEST(Guard, CustomerCancelsOnlyBeforeTheHandIn) {
  ReturnUnderTest subject;
  subject.create_delivered();
  EXPECT_EQ(subject.give(CancelReturn{}, ActorType::kCustomer),
            "after the hand-in only staff can cancel");
  EXPECT_EQ(subject.give(CancelReturn{}, ActorType::kStaff), "");
}

TEST(Guard, HandedInParcelGetsNoOtherLabel) {
  ReturnUnderTest subject;
  subject.create_delivered();
  EXPECT_EQ(subject.give(GenerateLabel{.carrier = "gls_dk", .tracking_number = "2"}),
            "the parcel is handed in already");
}

TEST(Guard, ReleasedExchangeCanBeNeitherCanceledNorReset) {
  ReturnUnderTest subject;
  subject.settings.instant_exchange = Switch::kOn;
  subject.create_delivered("#EXCHANGE-#1");
  EXPECT_EQ(subject.give(CancelReturn{}), "the exchange is released already");
  EXPECT_EQ(subject.give(ResetReturn{}), "the exchange is released already");
}

TEST(Guard, CloseUnderWayTakesNothingThatCouldUndoIt) {
  ReturnUnderTest subject = completed();
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.give(CloseReturn{});
  EXPECT_EQ(allowed(subject), "label mark_needs_review flag_fraud lose_tracking");
  EXPECT_EQ(subject.give(PauseReturn{}), "a close is under way; wait for its payouts");
}

TEST(Guard, PayoutOfUnknownOutcomeCountsAsExecuted) {
  ReturnUnderTest subject = completed();
  subject.settings.payouts = PayoutProvider::kExternal;
  subject.give(CloseReturn{});
  subject.give(PayoutFailed{.payout_id = "pay_rf_1", .outcome = PayoutOutcome::kUnknown});
  EXPECT_EQ(subject.give(CancelReturn{}), "a payout was executed, or may have been");
  EXPECT_EQ(subject.give(ResetReturn{}), "a payout was executed, or may have been");
}

TEST(Guard, ClosedAndCanceledTakeNothing) {
  ReturnUnderTest closed = completed();
  closed.give(CloseReturn{});
  EXPECT_EQ(allowed(closed), "");
  ReturnUnderTest canceled = completed();
  canceled.give(CancelReturn{});
  EXPECT_EQ(allowed(canceled), "");
}

TEST(Guard, CountdownIsCancelledAndRearmedByStaff) {
  ReturnUnderTest subject;
  subject.settings.auto_close = Switch::kOn;
  EXPECT_EQ(subject.give(CancelAutoClose{}), "the return does not exist");
  subject.create_delivered();
  EXPECT_EQ(subject.give(RearmAutoClose{}), "the auto-close does not wait to be armed again");
  EXPECT_EQ(subject.give(CancelAutoClose{}), "");
  EXPECT_EQ(subject.last_story(), "auto_close_cancelled");
  EXPECT_EQ(subject.give(CancelAutoClose{}), "no countdown is running");
  EXPECT_EQ(subject.give(RearmAutoClose{}), "");
  EXPECT_EQ(subject.last_story(), "auto_close_initiated");
}

TEST(Guard, ScanNeedsALabelOfTheReturn) {
  ReturnUnderTest subject = completed();
  CarrierScan scan;
  scan.tracking_number = "unknown";
  EXPECT_EQ(subject.give(scan), "no label of the return has this tracking number");
}

TEST(Guard, RefusalCarriesTheStateAndWhatItWouldTake) {
  const ReturnUnderTest subject = completed();
  const Outcome outcome = decide(subject.state(),
                                 {.body = ResumeReturn{}, .actor = {.type = ActorType::kStaff}},
                                 subject.now,
                                 subject.settings);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().lifecycle, Lifecycle::kCompleted);
  EXPECT_FALSE(outcome.error().is_paused);
  EXPECT_EQ(outcome.error().allowed, allowed_commands(subject.state(), ActorType::kStaff));
}

TEST(CommandName, IsFoundByItsText) {
  for (std::size_t index = 0; index < kCommandNameCount; ++index) {
    const auto name = static_cast<CommandName>(index);
    EXPECT_EQ(find_command_name(command_name_text(name)), name);
  }
  EXPECT_FALSE(find_command_name("explode"));
}

}  // namespace
}  // namespace returnflows::returns
