#include "returnflows/dispatch/payout_report.h"

#include <chrono>
#include <variant>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

using returns::PayoutAction;
using returns::PayoutOutcome;
using std::chrono::seconds;
using Kind = PayoutAnswer::Kind;

constexpr Timestamp kNow{std::chrono::milliseconds{1'700'000'000'000}};

PayoutOrder order(PayoutAction action, int attempts_made = 0) {
  return {
      .id = {7},
      .merchant = {3},
      .request = {.action = action, .return_id = "ret_1", .revision = 2, .payout_id = "pay_rf_1"},
      .attempts_made = attempts_made};
}

PayoutAnswer answer(Kind kind) {
  PayoutAnswer made{.kind = kind};
  if (kind != Kind::kSettled) made.error = {.code = "x", .message = "y"};
  return made;
}

template <class Body>
Body result_of(const ReportPayout& report) {
  EXPECT_TRUE(report.result);
  EXPECT_TRUE(std::holds_alternative<Body>(report.result->body));
  return std::get<Body>(report.result->body);
}

TEST(PayoutReport, TriesAgainAfterFiveSecondsAMinuteTenMinutesAndAnHour) {
  EXPECT_EQ(next_payout_try_at(1, kNow), kNow + seconds{5});
  EXPECT_EQ(next_payout_try_at(2, kNow), kNow + seconds{60});
  EXPECT_EQ(next_payout_try_at(3, kNow), kNow + seconds{600});
  EXPECT_EQ(next_payout_try_at(4, kNow), kNow + seconds{3600});
  EXPECT_EQ(next_payout_try_at(5, kNow), std::nullopt);
}

TEST(PayoutReport, ASettledPayoutSucceeded) {
  PayoutAnswer settled = answer(Kind::kSettled);
  settled.external_id = "re_1";
  settled.last_characters = "WXYZ";
  for (const PayoutAction action : {PayoutAction::kExecute, PayoutAction::kAskThenExecute}) {
    const auto report = report_payout(order(action), settled, PayoutReach::kMaybe, kNow);
    EXPECT_EQ(report.ask_again_at, std::nullopt);
    const auto body = result_of<returns::PayoutSucceeded>(report);
    EXPECT_EQ(body.payout_id, "pay_rf_1");
    EXPECT_EQ(body.revision, 2);
    EXPECT_EQ(body.external_id, "re_1");
    EXPECT_EQ(body.last_characters, "WXYZ");
    EXPECT_EQ(report.id, ReturnId{7});
    EXPECT_EQ(report.request.payout_id, "pay_rf_1");
    EXPECT_EQ(report.result->actor.type, returns::ActorType::kSystem);
  }
}

TEST(PayoutReport, ARefusedPayoutFailedAtOnce) {
  const auto report = report_payout(
      order(PayoutAction::kExecute), answer(Kind::kRefused), PayoutReach::kMaybe, kNow);
  EXPECT_EQ(report.ask_again_at, std::nullopt);
  const auto body = result_of<returns::PayoutFailed>(report);
  EXPECT_EQ(body.outcome, PayoutOutcome::kRefused);
  EXPECT_EQ(body.payout_id, "pay_rf_1");
  EXPECT_EQ(body.revision, 2);
  EXPECT_EQ(body.error.code, "x");
}

TEST(PayoutReport, AfterADoubtfulRefusalTheProviderIsAskedFirstNextTime) {
  PayoutAnswer refused = answer(Kind::kRefused);
  refused.is_doubtful = true;
  const auto report =
      report_payout(order(PayoutAction::kExecute), refused, PayoutReach::kMaybe, kNow);
  EXPECT_EQ(result_of<returns::PayoutFailed>(report).outcome, PayoutOutcome::kUnknown);
}

TEST(PayoutReport, WhatSaysNothingIsTriedAgain) {
  for (const Kind kind : {Kind::kNothing, Kind::kPending}) {
    const auto report =
        report_payout(order(PayoutAction::kExecute, 1), answer(kind), PayoutReach::kMaybe, kNow);
    EXPECT_EQ(report.result, std::nullopt);
    EXPECT_EQ(report.ask_again_at, kNow + seconds{60});
    EXPECT_EQ(report.attempts_made, 2);
  }
}

TEST(PayoutReport, AfterTheLastTryTheOutcomeIsUnknown) {
  const auto report = report_payout(
      order(PayoutAction::kExecute, 4), answer(Kind::kNothing), PayoutReach::kMaybe, kNow);
  EXPECT_EQ(report.ask_again_at, std::nullopt);
  EXPECT_EQ(result_of<returns::PayoutFailed>(report).outcome, PayoutOutcome::kUnknown);
}

TEST(PayoutReport, AfterTheLastTryItIsRefusedWhenNoneCanHaveArrived) {
  const auto report = report_payout(
      order(PayoutAction::kExecute, 4), answer(Kind::kNothing), PayoutReach::kNever, kNow);
  EXPECT_EQ(result_of<returns::PayoutFailed>(report).outcome, PayoutOutcome::kRefused);
}

TEST(PayoutReport, WhatIsStillPendingAfterTheLastTryIsNeverRefused) {
  const auto report = report_payout(
      order(PayoutAction::kExecute, 4), answer(Kind::kPending), PayoutReach::kNever, kNow);
  EXPECT_EQ(result_of<returns::PayoutFailed>(report).outcome, PayoutOutcome::kUnknown);
}

TEST(PayoutReport, TheCheckAfterACloseSaysSettled) {
  const auto report =
      report_payout(order(PayoutAction::kAsk), answer(Kind::kSettled), PayoutReach::kMaybe, kNow);
  const auto body = result_of<returns::CheckAfterClose>(report);
  ASSERT_EQ(body.payouts.size(), 1U);
  EXPECT_EQ(body.payouts[0].payout_id, "pay_rf_1");
  EXPECT_EQ(body.payouts[0].verdict, returns::PayoutVerdict::kSettled);
  EXPECT_EQ(body.payouts[0].error, std::nullopt);
}

TEST(PayoutReport, TheCheckAfterACloseSaysFailedAlsoForWhatTheProviderDoesNotKnow) {
  for (const Kind kind : {Kind::kRefused, Kind::kUnknown}) {
    const auto report =
        report_payout(order(PayoutAction::kAsk), answer(kind), PayoutReach::kMaybe, kNow);
    const auto body = result_of<returns::CheckAfterClose>(report);
    EXPECT_EQ(body.payouts.at(0).verdict, returns::PayoutVerdict::kFailed);
    EXPECT_EQ(body.payouts.at(0).error->code, "x");
  }
}

TEST(PayoutReport, TheCheckAfterACloseIsLeftToTheReturnsTimerWithoutAnAnswer) {
  for (const Kind kind : {Kind::kPending, Kind::kNothing}) {
    const auto report =
        report_payout(order(PayoutAction::kAsk), answer(kind), PayoutReach::kMaybe, kNow);
    EXPECT_EQ(report.result, std::nullopt);
    EXPECT_EQ(report.ask_again_at, std::nullopt);
  }
}

TEST(PayoutReport, WithoutAProviderAnOrderThatNobodyGotIsRefused) {
  const auto report = report_without_provider(order(PayoutAction::kExecute), PayoutReach::kNever);
  const auto body = result_of<returns::PayoutFailed>(report);
  EXPECT_EQ(body.outcome, PayoutOutcome::kRefused);
  EXPECT_EQ(body.error.code, "no_provider");
}

TEST(PayoutReport, WithoutAProviderAnOrderThatSomebodyMayHaveGotIsUnknown) {
  const auto report =
      report_without_provider(order(PayoutAction::kAskThenExecute), PayoutReach::kMaybe);
  EXPECT_EQ(result_of<returns::PayoutFailed>(report).outcome, PayoutOutcome::kUnknown);
}

TEST(PayoutReport, WithoutAProviderTheCheckAfterACloseIsDropped) {
  const auto report = report_without_provider(order(PayoutAction::kAsk), PayoutReach::kMaybe);
  EXPECT_EQ(report.result, std::nullopt);
  EXPECT_EQ(report.ask_again_at, std::nullopt);
}

}  // namespace
}  // namespace returnflows
