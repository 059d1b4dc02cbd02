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

}  // namespace
}  // namespace returnflows::returns
