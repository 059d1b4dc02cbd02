#include "returnflows/store/contract/store_contract.h"

// Order per return: at most one delivery of a return and endpoint may go out, the others are held.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, HoldsASecondEventOfAReturnBehindTheFirst) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const auto second = accept_one("RET-1");
  EXPECT_THAT(report().due, IsEmpty());
  const DeliveryRecord held = delivery_of(second, endpoint);
  EXPECT_EQ(held.state, DeliveryState::kHeld);
  EXPECT_EQ(held.next_attempt_at, std::nullopt);
}

TEST_P(StoreContract, HoldsASecondEventOfTheSameBatch) {
  add_endpoint();
  accept({item("RET-1"), item("RET-1"), item("RET-2")});
  EXPECT_EQ(report().due.size(), 2U);
}

TEST_P(StoreContract, LetsEventsOfOtherReturnsPass) {
  add_endpoint();
  accept_one("RET-1");
  accept_one("RET-2");
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, HoldsForEachEndpointApart) {
  const EndpointId fast = add_endpoint();
  const EndpointId slow = add_endpoint();
  accept_one("RET-1");
  settle(report().due.at(0).endpoint == fast ? due_ids().at(0) : due_ids().at(1),
         DeliveryState::kDelivered);
  const auto second = accept_one("RET-1");
  EXPECT_EQ(delivery_of(second, fast).state, DeliveryState::kReady);
  EXPECT_EQ(delivery_of(second, slow).state, DeliveryState::kHeld);
}

TEST_P(StoreContract, HoldsNothingForAnEndpointThatWantsNoOrder) {
  add_endpoint_without_order();
  accept_one("RET-1");
  accept_one("RET-1");
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, HoldsNothingOnceTheReturnIsSettled) {
  add_endpoint();
  accept_one("RET-1");
  settle(due_ids().at(0), DeliveryState::kDelivered);
  accept_one("RET-1");
  EXPECT_EQ(report().due.size(), 1U);
}

// What settles a head, and whether that lets the next one go.
struct Settling {
  DeliveryState next_state;
  bool releases;
};

TEST_P(StoreContract, ReleasesTheNextEventWhenTheFirstIsSettledAndOnlyThen) {
  add_endpoint();
  for (const Settling settling : {Settling{DeliveryState::kDelivered, true},
                                  Settling{DeliveryState::kExhausted, true},
                                  Settling{DeliveryState::kWaiting, false}}) {
    const std::string return_id = "RET-" + std::to_string(static_cast<int>(settling.next_state));
    accept_one(return_id);
    const DeliveryId head = due_ids().at(0);
    accept_one(return_id);
    settle(head, settling.next_state);
    EXPECT_EQ(report().due.size(), settling.releases ? 1U : 0U) << return_id;
  }
}

TEST_P(StoreContract, ReleasesTheNextEventWhenTheFirstIsCanceled) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId head = due_ids().at(0);
  const auto second = accept_one("RET-1");
  ASSERT_TRUE(cancel(head));
  EXPECT_THAT(due_ids(), ElementsAre(delivery_of(second, endpoint).id));
}

TEST_P(StoreContract, ReleasesAHeldDeliveryDueAtOnceWithItsBody) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId head = due_ids().at(0);
  const auto second = accept_one("RET-1");
  advance(std::chrono::seconds{9});
  settle(head, DeliveryState::kDelivered);
  ASSERT_EQ(report().due.size(), 1U);
  const DueDelivery& released = report().due[0];
  EXPECT_EQ(released.due_at, now());
  EXPECT_EQ(released.attempts_made, 0);
  EXPECT_EQ(released.event->public_id, second.public_id);
  EXPECT_EQ(delivery_of(second, endpoint).state, DeliveryState::kWaiting);
  EXPECT_EQ(delivery_of(second, endpoint).next_attempt_at, now());
}

TEST_P(StoreContract, ReleasesHeldDeliveriesOneByOneInTheOrderOfTheirSequence) {
  add_endpoint();
  const auto events =
      accept({item("RET-1"), item("RET-1"), item("RET-1"), item("RET-1"), item("RET-1")});
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(report().due.size(), 1U) << i;
    EXPECT_EQ(report().due[0].event->public_id, events[i].public_id);
    settle(due_ids()[0], DeliveryState::kDelivered);
  }
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, ReleasesWithinTheGroupInWhichTheNextEventCame) {
  add_endpoint();
  accept_one("RET-1");
  const SettleAttempt attempt = attempt_of(due_ids().at(0), DeliveryState::kDelivered);
  begin_group();
  ASSERT_TRUE(apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}}));
  ASSERT_TRUE(apply(attempt));
  commit_group();
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, KeepsTheHeadWhenAHeldDeliveryIsCanceled) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1"), item("RET-1")});
  const DeliveryId head = due_ids().at(0);
  ASSERT_TRUE(cancel(delivery_of(events[1], endpoint).id));
  EXPECT_THAT(report().due, IsEmpty());
  settle(head, DeliveryState::kDelivered);
  EXPECT_THAT(due_ids(), ElementsAre(delivery_of(events[2], endpoint).id));
}

TEST_P(StoreContract, RemembersWhatIsHeldAfterReopening) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1")});
  const DeliveryId head = due_ids().at(0);
  reopen();
  EXPECT_THAT(ids_of(load_ready(endpoint).deliveries), ElementsAre(head));
  settle(head, DeliveryState::kDelivered);
  EXPECT_THAT(due_ids(), ElementsAre(delivery_of(events[1], endpoint).id));
  EXPECT_EQ(report().due.at(0).event->public_id, events[1].public_id);
}

TEST_P(StoreContract, HoldsNewEventsBehindAHeadFromBeforeReopening) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  settle_waiting(due_ids().at(0), std::chrono::hours{1});
  reopen();
  const auto second = accept_one("RET-1");
  EXPECT_EQ(delivery_of(second, endpoint).state, DeliveryState::kHeld);
}

TEST_P(StoreContract, OpensNoOrderingKeyAfterReopeningForWhatIsSettled) {
  add_endpoint();
  accept_one("RET-1");
  settle(due_ids().at(0), DeliveryState::kDelivered);
  reopen();
  EXPECT_EQ(store().statistics().open_ordering_keys, 0U);
  accept_one("RET-1");
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, CountsPairsOfEndpointAndReturnWithSomethingUnsettled) {
  add_endpoint();
  add_endpoint();
  accept({item("RET-1"), item("RET-1"), item("RET-2")});
  EXPECT_EQ(store().statistics().open_ordering_keys, 4U);
  reopen();
  EXPECT_EQ(store().statistics().open_ordering_keys, 4U);
}

TEST_P(StoreContract, ReleasesNothingForADeletedEndpoint) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-1")});
  const DeliveryId head = due_ids().at(0);
  delete_endpoint(endpoint);
  settle(head, DeliveryState::kDelivered);
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, HoldsARetriedDeliveryBehindANewerOneThatIsUnderWay) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1")});
  const DeliveryId first = due_ids().at(0);
  settle(first, DeliveryState::kExhausted);
  const DeliveryId second = delivery_of(events[1], endpoint).id;
  EXPECT_EQ(retry(first), DeliveryState::kHeld);
  EXPECT_THAT(report().due, IsEmpty());
  settle(second, DeliveryState::kDelivered);
  EXPECT_THAT(due_ids(), ElementsAre(first));
}

TEST_P(StoreContract, TakesAHeldDeliveryThatSucceededAsDeliveredAndKeepsTheHead) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1"), item("RET-1")});
  const DeliveryId head = due_ids().at(0);
  EXPECT_EQ(settle(delivery_of(events[1], endpoint).id, DeliveryState::kDelivered),
            DeliveryState::kDelivered);
  EXPECT_THAT(report().due, IsEmpty());
  settle(head, DeliveryState::kDelivered);
  EXPECT_THAT(due_ids(), ElementsAre(delivery_of(events[2], endpoint).id));
}

TEST_P(StoreContract, LeavesAHeldDeliveryHeldWhenAnOldAttemptOfItFails) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-1")});
  const DeliveryId held = delivery_of(events[1], endpoint).id;
  EXPECT_EQ(settle(held, DeliveryState::kExhausted), DeliveryState::kHeld);
}

}  // namespace
}  // namespace returnflows::contract
