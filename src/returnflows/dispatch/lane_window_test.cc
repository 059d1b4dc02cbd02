#include "returnflows/dispatch/lane_window.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

using std::chrono::seconds;

constexpr Timestamp kNow{std::chrono::hours{1'000'000 / 3}};
constexpr std::size_t kLots = 1UL << 40U;

DueDelivery fresh(std::int64_t id, std::size_t body_bytes = 10) {
  return {.id = {id},
          .endpoint = {1},
          .created_at = kNow,
          .due_at = kNow,
          .attempts_made = 0,
          .attempts_before_schedule = 0,
          .event = std::make_shared<const EventBody>(
              EventBody{.id = {id}, .public_id = "e", .body = std::string(body_bytes, 'x')})};
}

DueDelivery waiting(std::int64_t id, Timestamp due_at, int attempts_made = 1) {
  DueDelivery due = fresh(id);
  due.due_at = due_at;
  due.attempts_made = attempts_made;
  return due;
}

std::vector<std::int64_t> drain(LaneWindow& window, Timestamp now) {
  std::vector<std::int64_t> ids;
  while (const DueDelivery* due = window.next(now)) {
    ids.push_back(due->id.value);
  }
  return ids;
}

// Sends and settles everything that can go, as a fast endpoint would.
std::vector<std::int64_t> deliver_all(LaneWindow& window, Timestamp now) {
  const std::vector<std::int64_t> ids = drain(window, now);
  for (const std::int64_t id : ids) {
    const int number = window.find({id})->attempts_made + 1;
    window.settling({id});
    window.settled({id}, number, std::nullopt, now);
  }
  return ids;
}

DeliveryQueue::Loaded loaded_of(std::int64_t from, std::int64_t to, bool more) {
  DeliveryQueue::Loaded loaded{.deliveries = {}, .more = more};
  for (std::int64_t id = from; id <= to; ++id) {
    loaded.deliveries.push_back(fresh(id));
  }
  return loaded;
}

class LaneWindowTest : public testing::Test {
 protected:
  ByteBudget budget_{kLots};
  LaneWindow window_{budget_};
};

TEST_F(LaneWindowTest, GivesFreshOnesInTheOrderOfTheirIds) {
  for (const std::int64_t id : {3, 5, 9}) {
    window_.arrive(fresh(id));
  }
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{3, 5, 9}));
  EXPECT_EQ(window_.size(), 3U) << "in flight ones stay known";
}

TEST_F(LaneWindowTest, GivesWaitingOnesWhenTheyAreDueBeforeFreshOnes) {
  window_.arrive(fresh(7));
  window_.arrive(waiting(2, kNow + seconds{5}));
  window_.arrive(waiting(3, kNow + seconds{1}));
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{7}));
  EXPECT_EQ(window_.next_due(kNow), kNow + seconds{1});
  window_.arrive(fresh(8));
  EXPECT_EQ(drain(window_, kNow + seconds{6}), (std::vector<std::int64_t>{3, 2, 8}));
}

TEST_F(LaneWindowTest, IgnoresWhatItKnowsUntilItsSettlingIsAnswered) {
  window_.arrive(fresh(1));
  ASSERT_NE(window_.next(kNow), nullptr);
  window_.arrive(fresh(1));  // Reported or loaded again while in flight.
  EXPECT_EQ(window_.next(kNow), nullptr);
  window_.settling({1});
  window_.arrive(fresh(1));
  EXPECT_EQ(window_.next(kNow), nullptr);
  window_.settled({1}, 1, std::nullopt, kNow);
  EXPECT_EQ(window_.next(kNow), nullptr);
  EXPECT_EQ(window_.size(), 0U);
}

TEST_F(LaneWindowTest, ALoadMadeBeforeASettlingWasCommittedSendsNothingTwice) {
  window_.begin_in_store();
  const auto plan = window_.plan_ready_load();
  ASSERT_TRUE(plan);
  window_.ready_loaded(*plan, loaded_of(1, 3, true));
  ASSERT_EQ(drain(window_, kNow).size(), 3U);
  // All in flight; the next load and a reload of the waiting name them again.
  const auto next = window_.plan_ready_load();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->after, DeliveryId{3});
  window_.ready_loaded(*next, loaded_of(2, 4, false));
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{4}));
  const auto waiting_plan = window_.plan_waiting_load(kNow);
  ASSERT_TRUE(waiting_plan);
  LaneWindow::WaitingLoaded answer;
  answer.loaded.deliveries.push_back(waiting(1, kNow));
  window_.waiting_loaded(*waiting_plan, std::move(answer), kNow);
  EXPECT_EQ(window_.next(kNow), nullptr);
}

TEST_F(LaneWindowTest, KeepsASoonRetryAndLeavesALateOneInTheStore) {
  window_.arrive(fresh(1));
  window_.arrive(fresh(2));
  drain(window_, kNow);
  window_.settling({1});
  window_.settling({2});
  window_.settled({1}, 1, kNow + seconds{5}, kNow);
  window_.settled({2}, 1, kNow + limits::kRetryInMemoryMax + seconds{1}, kNow);
  EXPECT_EQ(window_.size(), 1U);
  EXPECT_EQ(window_.next_due(kNow), kNow + seconds{5});
  const DueDelivery* again = window_.next(kNow + seconds{5});
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->attempts_made, 1);
  const Timestamp later = kNow + limits::kRetryInMemoryMax + seconds{1};
  EXPECT_EQ(window_.next_due(kNow), later);
  EXPECT_FALSE(window_.plan_waiting_load(later - seconds{1}));
  EXPECT_TRUE(window_.plan_waiting_load(later));
}

TEST_F(LaneWindowTest, ARetryThatPeopleAskForAfterTheOutcomeIsSent) {
  window_.arrive(fresh(1));
  drain(window_, kNow);
  window_.settling({1});
  DueDelivery retried = waiting(1, kNow, 1);  // The outcome of attempt 1 is in it.
  retried.attempts_before_schedule = 1;
  window_.arrive(std::move(retried));
  window_.settled({1}, 1, std::nullopt, kNow);
  const DueDelivery* again = window_.next(kNow);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->attempts_made, 1);
  EXPECT_EQ(again->attempts_before_schedule, 1);
}

TEST_F(LaneWindowTest, ARetryThatPeopleAskForBeforeTheOutcomeIsAnsweredByIt) {
  window_.arrive(fresh(1));
  drain(window_, kNow);
  window_.arrive(waiting(1, kNow + seconds{1}, 0));  // Attempt 1 is not in it.
  window_.settling({1});
  window_.settled({1}, 1, std::nullopt, kNow);
  EXPECT_EQ(window_.size(), 0U);
}

TEST_F(LaneWindowTest, ARetryMovesAWaitingOneForward) {
  window_.arrive(waiting(1, kNow + seconds{50}));
  window_.arrive(waiting(1, kNow));
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(window_.next_due(kNow), std::nullopt);
}

TEST_F(LaneWindowTest, ForgetsCanceledOnesUnlessTheyAreOnTheirWay) {
  for (std::int64_t id = 1; id <= 3; ++id) {
    window_.arrive(fresh(id));
  }
  window_.arrive(waiting(4, kNow));
  ASSERT_EQ(window_.next(kNow)->id, DeliveryId{4});
  window_.cancel({4});
  window_.cancel({2});
  window_.cancel({99});
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{1, 3}));
  EXPECT_NE(window_.find({4}), nullptr);
}

TEST_F(LaneWindowTest, ARetryAfterACancelIsSentOnce) {
  window_.arrive(fresh(1));
  window_.cancel({1});
  window_.arrive(waiting(1, kNow, 0));
  window_.arrive(waiting(1, kNow + seconds{1}, 0));
  EXPECT_EQ(drain(window_, kNow + seconds{2}), (std::vector<std::int64_t>{1}));
}

TEST_F(LaneWindowTest, WhatDoesNotFitIsLoadedInOrderAndNothingOvertakesIt) {
  const auto most = static_cast<std::int64_t>(limits::kLaneWindowMax);
  for (std::int64_t id = 1; id <= most + 100; ++id) {
    window_.arrive(fresh(id));
  }
  EXPECT_TRUE(window_.is_ready_behind());
  EXPECT_EQ(window_.size(), limits::kLaneWindowMax);
  EXPECT_FALSE(window_.plan_ready_load()) << "above the low-water mark";
  std::vector<std::int64_t> sent = deliver_all(window_, kNow);
  window_.arrive(fresh(most + 101));
  EXPECT_EQ(window_.next(kNow), nullptr) << "a newer one must not go before those in the store";
  const auto plan = window_.plan_ready_load();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->after, DeliveryId{most});
  EXPECT_FALSE(window_.plan_ready_load()) << "one at a time";
  window_.arrive(fresh(most + 102));  // Committed before the load ran: it is in its answer.
  window_.ready_loaded(*plan, loaded_of(most + 1, most + 102, false));
  window_.arrive(fresh(most + 103));  // Committed after it.
  const std::vector<std::int64_t> rest = deliver_all(window_, kNow);
  sent.insert(sent.end(), rest.begin(), rest.end());
  ASSERT_EQ(sent.size(), limits::kLaneWindowMax + 103);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    ASSERT_EQ(sent[i], static_cast<std::int64_t>(i + 1));
  }
}

TEST_F(LaneWindowTest, LoadsWaitingOnesAgainWhenThereWasMore) {
  window_.begin_in_store();
  const auto plan = window_.plan_waiting_load(kNow);
  ASSERT_TRUE(plan);
  LaneWindow::WaitingLoaded answer;
  answer.loaded.deliveries = {waiting(1, kNow - seconds{9}), waiting(2, kNow - seconds{8})};
  answer.loaded.more = true;
  window_.waiting_loaded(*plan, std::move(answer), kNow);
  EXPECT_TRUE(window_.plan_waiting_load(kNow));
  EXPECT_EQ(drain(window_, kNow), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(LaneWindowTest, AsksWhenTheSoonestIsDueWhenNothingIsDueSoon) {
  window_.begin_in_store();
  const auto ready = window_.plan_ready_load();
  window_.ready_loaded(*ready, {});
  const auto plan = window_.plan_waiting_load(kNow);
  ASSERT_TRUE(plan);
  LaneWindow::WaitingLoaded answer;
  answer.next_at = kNow + std::chrono::hours{3};
  window_.waiting_loaded(*plan, std::move(answer), kNow);
  EXPECT_EQ(window_.next_due(kNow), kNow + std::chrono::hours{3});
  EXPECT_FALSE(window_.plan_waiting_load(kNow + std::chrono::hours{2}));
}

TEST_F(LaneWindowTest, ShedsDownToAFewAndFindsTheRestAgain) {
  for (std::int64_t id = 1; id <= 200; ++id) {
    window_.arrive(fresh(id));
  }
  window_.arrive(waiting(300, kNow + seconds{3}));
  ASSERT_NE(window_.next(kNow), nullptr);  // 1 is in flight.
  window_.shed(10);
  EXPECT_EQ(window_.queued(), 10U);
  EXPECT_TRUE(window_.is_ready_behind());
  EXPECT_EQ(drain(window_, kNow).size(), 9U) << "2 to 10; the waiting one is the tenth";
  const auto plan = window_.plan_ready_load();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->after, DeliveryId{10});
}

TEST_F(LaneWindowTest, ALoadFromBeforeASheddingIsVoid) {
  window_.begin_in_store();
  const auto first = window_.plan_ready_load();
  window_.ready_loaded(*first, loaded_of(1, 5, true));
  const auto stale = window_.plan_ready_load();
  ASSERT_TRUE(stale);
  window_.shed(0);  // Paused and resumed while the load was under way.
  window_.ready_loaded(*stale, loaded_of(6, 9, false));
  EXPECT_EQ(window_.next(kNow), nullptr) << "6 must not go before 1";
  const auto plan = window_.plan_ready_load();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->after, DeliveryId{0});
}

TEST_F(LaneWindowTest, WhatWasReleasedInTheCommitThatAcceptedItIsLookedForAmongTheWaiting) {
  window_.hold_few(true);
  for (std::int64_t id = 1; id <= 65; ++id) {
    window_.arrive(fresh(id));  // The 65th does not fit, and may be a released one.
  }
  window_.hold_few(false);
  deliver_all(window_, kNow);
  const auto ready = window_.plan_ready_load();
  ASSERT_TRUE(ready);
  window_.ready_loaded(*ready, {});
  ASSERT_TRUE(window_.next_due(kNow));
  EXPECT_TRUE(window_.plan_waiting_load(*window_.next_due(kNow)));
}

TEST_F(LaneWindowTest, ForgetsAllOfADeletedEndpointButWhatIsOnItsWay) {
  window_.arrive(fresh(1));
  ASSERT_NE(window_.next(kNow), nullptr);
  window_.arrive(fresh(2));
  window_.arrive(waiting(3, kNow));
  window_.begin_in_store();
  window_.forget_all();
  EXPECT_EQ(window_.size(), 1U);
  EXPECT_EQ(window_.next_due(kNow), std::nullopt);
}

TEST(LaneWindow, GivesItsBytesBackToTheBudget) {
  ByteBudget budget{kLots};
  {
    LaneWindow window(budget);
    window.arrive(fresh(1, 1000));
    window.arrive(fresh(2, 1000));
    EXPECT_GE(budget.used(), 2000U);
    deliver_all(window, kNow);
    EXPECT_EQ(budget.used(), 0U);
    window.arrive(fresh(3, 1000));
  }
  EXPECT_EQ(budget.used(), 0U);
}

TEST(LaneWindow, KeepsItsShareWhenOthersHoldAllTheMemory) {
  ByteBudget budget{1000};
  budget.add(1000);
  LaneWindow window(budget);
  for (std::int64_t id = 1; id <= 1000; ++id) {
    window.arrive(fresh(id));
  }
  EXPECT_EQ(window.size(), limits::kLaneShareMin);
  EXPECT_TRUE(window.is_ready_behind());
}

TEST(LaneWindow, HoldsAsMuchAsItGetsRidOfWhenMemoryIsShort) {
  ByteBudget budget{10'000'000};
  LaneWindow window(budget);
  for (std::int64_t id = 1; id <= 500; ++id) {
    window.arrive(fresh(id));
  }
  deliver_all(window, kNow);
  window.note_second();
  budget.add(6'000'000);  // More than half.
  for (std::int64_t id = 501; id <= 2000; ++id) {
    window.arrive(fresh(id));
  }
  EXPECT_EQ(window.size(), 500U);
  for (int second = 0; second < 10; ++second) {
    window.note_second();
  }
  deliver_all(window, kNow);
}

TEST_F(LaneWindowTest, CountsAnAttemptOnItsWayForTheScheduleThatARetryHasStarted) {
  window_.arrive(waiting(1, kNow, 3));
  ASSERT_NE(window_.next(kNow), nullptr);
  // Canceled and retried meanwhile.
  DueDelivery again = waiting(1, kNow, 3);
  again.attempts_before_schedule = 3;
  window_.cancel({1});
  window_.arrive(again);
  EXPECT_EQ(window_.find({1})->attempts_before_schedule, 3);
}

// After a restart all lanes ask at once, before anything has come.
TEST(LaneWindow, CountsWhatALoadMayBringFromWhenItIsAskedFor) {
  ByteBudget budget{1'000'000};
  LaneWindow first(budget);
  LaneWindow second(budget);
  first.begin_in_store();
  second.begin_in_store();
  const auto large = first.plan_ready_load();
  ASSERT_TRUE(large);
  EXPECT_EQ(large->count_max, limits::kLaneWindowMax);
  EXPECT_EQ(budget.used(), large->bytes_max);

  const auto small = second.plan_ready_load();
  ASSERT_TRUE(small);
  EXPECT_EQ(small->count_max, limits::kLaneShareMin);
  EXPECT_LE(small->bytes_max, limits::kLaneShareBytesMin);

  first.ready_loaded(*large, {});
  second.ready_load_failed();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(LaneWindow, GivesBackWhatWasSetAsideForLoadsOfWaitingOnes) {
  ByteBudget budget{kLots};
  {
    LaneWindow window(budget);
    window.begin_in_store();
    const auto plan = window.plan_waiting_load(kNow);
    ASSERT_TRUE(plan);
    EXPECT_EQ(budget.used(), plan->bytes_max);
    window.forget_all();
    window.waiting_loaded(*plan, {.loaded = {}, .next_at = {}}, kNow);
    EXPECT_EQ(budget.used(), 0U);
    ASSERT_TRUE(window.plan_waiting_load(kNow));
    window.waiting_load_failed(kNow);
    EXPECT_EQ(budget.used(), 0U);
    ASSERT_TRUE(window.plan_waiting_load(kNow));
  }
  EXPECT_EQ(budget.used(), 0U);  // It ended with a load under way.
}

TEST_F(LaneWindowTest, HoldsNoMoreThanItsBoundWhenALoadComesAfterReleasedOnes) {
  const auto most = static_cast<std::int64_t>(limits::kLaneWindowMax);
  window_.begin_in_store();
  const auto plan = window_.plan_ready_load();
  ASSERT_TRUE(plan);
  for (std::int64_t id = 1; id <= 10; ++id) {
    window_.arrive(waiting(id, kNow));
  }
  window_.ready_loaded(*plan, loaded_of(11, most + 10, false));
  EXPECT_EQ(window_.size(), limits::kLaneWindowMax);

  // What did not fit is still known to be in the store.
  deliver_all(window_, kNow);
  const auto rest = window_.plan_ready_load();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->after, DeliveryId{most});
}

TEST_F(LaneWindowTest, HoldsNoMoreThanItsBoundWhenTwoLoadsComeTogether) {
  const auto most = static_cast<std::int64_t>(limits::kLaneWindowMax);
  window_.begin_in_store();
  const auto waiting_plan = window_.plan_waiting_load(kNow);
  const auto ready_plan = window_.plan_ready_load();
  ASSERT_TRUE(waiting_plan && ready_plan);
  window_.ready_loaded(*ready_plan, loaded_of(1, most, false));
  LaneWindow::WaitingLoaded answer;
  answer.loaded.deliveries.push_back(waiting(most + 1, kNow));
  window_.waiting_loaded(*waiting_plan, std::move(answer), kNow);
  EXPECT_EQ(window_.size(), limits::kLaneWindowMax);

  deliver_all(window_, kNow);
  EXPECT_TRUE(window_.plan_waiting_load(kNow));
}

}  // namespace
}  // namespace returnflows
