#include "returnflows/store/contract/store_contract.h"

// What people do to deliveries, and what becomes of those of a deleted endpoint.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_P(StoreContract, MakesAWaitingDeliveryDueAtOnceWhenRetried) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::hours{1});
  EXPECT_EQ(retry(id), DeliveryState::kWaiting);
  ASSERT_THAT(due_ids(), ElementsAre(id));
  EXPECT_EQ(report().due[0].due_at, now());
}

TEST_P(StoreContract, KeepsTheScheduleOfAPendingDeliveryThatIsRetried) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::hours{1});
  ASSERT_TRUE(retry(id));
  EXPECT_EQ(report().due.at(0).attempts_made, 1);
  EXPECT_EQ(report().due.at(0).attempts_before_schedule, 0);
}

TEST_P(StoreContract, StartsANewScheduleForASettledDeliveryThatIsRetried) {
  add_endpoint();
  for (const DeliveryState settled : {DeliveryState::kDelivered, DeliveryState::kExhausted}) {
    accept_one("RET-1");
    const DeliveryId id = due_ids().at(0);
    settle(id, settled);
    EXPECT_EQ(retry(id), DeliveryState::kWaiting);
    ASSERT_THAT(due_ids(), ElementsAre(id));
    EXPECT_EQ(report().due[0].attempts_made, 1);
    EXPECT_EQ(report().due[0].attempts_before_schedule, 1);
    settle(id, DeliveryState::kDelivered);
  }
}

TEST_P(StoreContract, RetriesACanceledDelivery) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  ASSERT_TRUE(cancel(id));
  EXPECT_EQ(retry(id), DeliveryState::kWaiting);
  EXPECT_THAT(due_ids(), ElementsAre(id));
}

TEST_P(StoreContract, RetriesAReadyDeliveryWithoutLosingIt) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_EQ(retry(id), DeliveryState::kWaiting);
  EXPECT_THAT(load_ready(endpoint).deliveries, IsEmpty());
  EXPECT_THAT(ids_of(load_waiting(endpoint, now()).deliveries), ElementsAre(id));
}

TEST_P(StoreContract, HoldsNewEventsBehindARetriedDelivery) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle(id, DeliveryState::kExhausted);
  ASSERT_TRUE(retry(id));
  accept_one("RET-1");
  EXPECT_THAT(report().due, IsEmpty());
  settle(id, DeliveryState::kDelivered);
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, KeepsTheScheduleOfARetriedDeliveryAfterReopening) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle(id, DeliveryState::kExhausted);
  ASSERT_TRUE(retry(id));
  reopen();
  const auto loaded = load_waiting(endpoint, now());
  ASSERT_EQ(loaded.deliveries.size(), 1U);
  EXPECT_EQ(loaded.deliveries[0].attempts_made, 1);
  EXPECT_EQ(loaded.deliveries[0].attempts_before_schedule, 1);
}

TEST_P(StoreContract, RefusesToRetryAHeldDelivery) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1")});
  EXPECT_THAT(retry(delivery_of(events[1], endpoint).id), FailsWith(ErrorCode::kConflict));
}

TEST_P(StoreContract, RefusesToRetryADeliveryThatIsNotThere) {
  EXPECT_THAT(retry(DeliveryId{999}), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesToRetryADeliveryOfAnotherMerchant) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_THAT(commit(RetryDelivery{.merchant = add_merchant("other"), .delivery = id}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesToRetryADeliveryOfADeletedEndpoint) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  delete_endpoint(endpoint);
  EXPECT_THAT(retry(id), FailsWith(ErrorCode::kConflict));
}

TEST_P(StoreContract, CancelsAPendingDeliveryAndTellsItsLane) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_EQ(cancel(id), DeliveryState::kCanceled);
  EXPECT_THAT(report().canceled, ElementsAre(id));
  EXPECT_EQ(delivery(id).state, DeliveryState::kCanceled);
  EXPECT_THAT(load_ready(endpoint).deliveries, IsEmpty());
}

// A lane gets what became due before it gets what was canceled.
TEST_P(StoreContract, TellsALaneOnlyThatADeliveryIsDueWhenItIsCanceledAndRetriedInOneCommit) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  begin_group();
  ASSERT_TRUE(apply(CancelDelivery{.merchant = merchant(), .delivery = id}));
  ASSERT_TRUE(apply(RetryDelivery{.merchant = merchant(), .delivery = id}));
  commit_group();
  EXPECT_THAT(due_ids(), ElementsAre(id));
  EXPECT_THAT(report().canceled, IsEmpty());
}

TEST_P(StoreContract, TellsALaneToDropADeliveryThatIsRetriedAndCanceledInOneCommit) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  begin_group();
  ASSERT_TRUE(apply(RetryDelivery{.merchant = merchant(), .delivery = id}));
  ASSERT_TRUE(apply(CancelDelivery{.merchant = merchant(), .delivery = id}));
  commit_group();
  EXPECT_THAT(report().canceled, ElementsAre(id));
}

TEST_P(StoreContract, TellsALaneToDropADeliveryThatIsCanceledAndThenHeldInOneCommit) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  accept_one("RET-1");
  begin_group();
  ASSERT_TRUE(apply(CancelDelivery{.merchant = merchant(), .delivery = id}));
  EXPECT_EQ(apply(RetryDelivery{.merchant = merchant(), .delivery = id}), DeliveryState::kHeld);
  commit_group();
  EXPECT_THAT(report().canceled, ElementsAre(id));
}

TEST_P(StoreContract, CancelsAWaitingDelivery) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::hours{1});
  EXPECT_EQ(cancel(id), DeliveryState::kCanceled);
  EXPECT_EQ(store().queue().next_waiting_at(endpoint), std::nullopt);
}

TEST_P(StoreContract, RefusesToCancelASettledDelivery) {
  add_endpoint();
  for (const DeliveryState settled : {DeliveryState::kDelivered, DeliveryState::kExhausted}) {
    accept_one("RET-1");
    const DeliveryId id = due_ids().at(0);
    settle(id, settled);
    EXPECT_THAT(cancel(id), FailsWith(ErrorCode::kConflict));
  }
}

TEST_P(StoreContract, RefusesToCancelTwice) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  ASSERT_TRUE(cancel(id));
  EXPECT_THAT(cancel(id), FailsWith(ErrorCode::kConflict));
}

TEST_P(StoreContract, RefusesToCancelADeliveryThatIsNotThere) {
  EXPECT_THAT(cancel(DeliveryId{999}), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesToCancelADeliveryOfAnotherMerchant) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_THAT(commit(CancelDelivery{.merchant = add_merchant("other"), .delivery = id}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesToCancelAllDeliveriesOfAnEndpointInUse) {
  const EndpointId endpoint = add_endpoint();
  EXPECT_THAT(commit(CancelEndpointDeliveries{.endpoint = endpoint}),
              FailsWith(ErrorCode::kConflict));
}

TEST_P(StoreContract, CancelsTheDeliveriesOfADeletedEndpointInChunks) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-1"), item("RET-2"), item("RET-3"), item("RET-3")});
  settle_waiting(due_ids().at(1), std::chrono::hours{1});
  delete_endpoint(endpoint);
  const CancelEndpointDeliveries chunk{.endpoint = endpoint, .count_max = 2};
  std::vector<std::size_t> canceled;
  std::vector<bool> done;
  for (int i = 0; i < 3; ++i) {
    const auto outcome = commit(chunk);
    ASSERT_TRUE(outcome);
    canceled.push_back(outcome->canceled);
    done.push_back(outcome->done);
    EXPECT_THAT(report().due, IsEmpty()) << "nothing is released";
  }
  EXPECT_THAT(canceled, ElementsAre(2, 2, 1));
  EXPECT_THAT(done, ElementsAre(false, false, true));
}

TEST_P(StoreContract, LeavesEveryDeliveryOfADeletedEndpointCanceledInTheEnd) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-1"), item("RET-2")});
  delete_endpoint(endpoint);
  ASSERT_TRUE(commit(CancelEndpointDeliveries{.endpoint = endpoint}));
  DeliveryFilter filter;
  filter.merchant = merchant();
  filter.status = DeliveryStatus::kCanceled;
  EXPECT_EQ(store().deliveries().list(filter)->rows.size(), 3U);
  EXPECT_EQ(store().statistics().open_ordering_keys, 0U);
}

TEST_P(StoreContract, HasNothingToCancelForAnEndpointThatIsOwedNothing) {
  const EndpointId endpoint = add_endpoint();
  delete_endpoint(endpoint);
  const auto outcome = commit(CancelEndpointDeliveries{.endpoint = endpoint});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->canceled, 0U);
  EXPECT_TRUE(outcome->done);
}

TEST_P(StoreContract, GoesOnCancelingAfterReopening) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  delete_endpoint(endpoint);
  ASSERT_TRUE(commit(CancelEndpointDeliveries{.endpoint = endpoint, .count_max = 1}));
  reopen();
  EXPECT_THAT(*store().queue().endpoints_with_pending(), UnorderedElementsAre(endpoint));
  const auto outcome = commit(CancelEndpointDeliveries{.endpoint = endpoint});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->canceled, 2U);
  EXPECT_TRUE(outcome->done);
}

TEST_P(StoreContract, LeavesTheDeliveriesOfOtherEndpointsAlone) {
  const EndpointId gone = add_endpoint();
  const EndpointId kept = add_endpoint();
  accept_one("RET-1");
  delete_endpoint(gone);
  ASSERT_TRUE(commit(CancelEndpointDeliveries{.endpoint = gone}));
  EXPECT_EQ(load_ready(kept).deliveries.size(), 1U);
}

}  // namespace
}  // namespace returnflows::contract
