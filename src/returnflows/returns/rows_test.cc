#include <chrono>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// The effects of the rows of docs/returns.md that neither a sequence nor a guard shows.
namespace returnflows::returns {
namespace {

using std::chrono::hours;

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

}  // namespace
}  // namespace returnflows::returns
