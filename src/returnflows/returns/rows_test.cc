#include <chrono>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "returnflows/returns/return_under_test_test.h"

// The effects of the rows of docs/returns.md that neither a sequence nor a guard shows.
namespace returnflows::returns {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

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

}  // namespace
}  // namespace returnflows::returns
