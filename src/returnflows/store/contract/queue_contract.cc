#include "returnflows/store/contract/store_contract.h"

// Loading deliveries that wait in the store.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr std::size_t kPlenty = 1'000'000;

TEST_P(StoreContract, LoadsReadyDeliveriesOldestFirstWithTheirBodies) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const CommitReport accepted = report();
  reopen();
  const auto loaded = load_ready(endpoint);
  EXPECT_FALSE(loaded.more);
  ASSERT_EQ(ids_of(loaded.deliveries), ids_of(accepted.due));
  for (std::size_t i = 0; i < 3; ++i) {
    const DueDelivery& due = loaded.deliveries[i];
    EXPECT_EQ(due.endpoint, endpoint);
    EXPECT_EQ(due.created_at, accepted.due[i].created_at);
    EXPECT_EQ(due.due_at, accepted.due[i].due_at);
    EXPECT_EQ(due.event->id, accepted.due[i].event->id);
    EXPECT_EQ(due.event->public_id, accepted.due[i].event->public_id);
    EXPECT_EQ(due.event->type, accepted.due[i].event->type);
    EXPECT_EQ(due.event->created_at, accepted.due[i].event->created_at);
    EXPECT_EQ(due.event->body, accepted.due[i].event->body);
  }
}

TEST_P(StoreContract, LoadsAnEventThatTheProducerNamedUnderThatName) {
  const EndpointId endpoint = add_endpoint();
  accept({item_with_id("order-17")});
  reopen();
  EXPECT_EQ(load_ready(endpoint).deliveries.at(0).event->public_id, "order-17");
}

TEST_P(StoreContract, LoadsReadyDeliveriesAboveTheGivenOneOnly) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const auto ids = due_ids();
  EXPECT_THAT(ids_of(load_ready(endpoint, ids[0]).deliveries), ElementsAre(ids[1], ids[2]));
  EXPECT_THAT(load_ready(endpoint, ids[2]).deliveries, IsEmpty());
}

TEST_P(StoreContract, LoadsReadyDeliveriesOfOneEndpointOnly) {
  const EndpointId one = add_endpoint();
  const EndpointId other = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  for (const EndpointId endpoint : {one, other}) {
    const auto loaded = load_ready(endpoint);
    EXPECT_EQ(loaded.deliveries.size(), 2U);
    for (const DueDelivery& due : loaded.deliveries) {
      EXPECT_EQ(due.endpoint, endpoint);
    }
  }
}

TEST_P(StoreContract, LoadsNeitherHeldNorWaitingNorSettledDeliveriesAsReady) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3"), item("RET-1")});
  const auto ids = due_ids();
  settle_waiting(ids[1], std::chrono::hours{1});
  settle(ids[2], DeliveryState::kDelivered);
  EXPECT_THAT(ids_of(load_ready(endpoint).deliveries), ElementsAre(ids[0]));
}

TEST_P(StoreContract, LoadsAtMostAsManyReadyDeliveriesAsAskedAndSaysThatThereAreMore) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const auto ids = due_ids();
  const auto loaded = store().queue().load_ready(
      {.endpoint = endpoint, .after = {}, .count_max = 2, .bytes_max = kPlenty});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(ids_of(loaded->deliveries), ElementsAre(ids[0], ids[1]));
  EXPECT_TRUE(loaded->more);
}

TEST_P(StoreContract, SaysThatThereAreNoMoreReadyDeliveriesWhenTheLastOneFits) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto loaded = store().queue().load_ready(
      {.endpoint = endpoint, .after = {}, .count_max = 2, .bytes_max = kPlenty});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->deliveries.size(), 2U);
  EXPECT_FALSE(loaded->more);
}

TEST_P(StoreContract, LoadsReadyDeliveriesUntilTheirBodiesReachTheBytesAsked) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const std::size_t body_bytes = report().due.at(0).event->body.size();
  const auto loaded = store().queue().load_ready(
      {.endpoint = endpoint, .after = {}, .count_max = kPlenty, .bytes_max = body_bytes + 1});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->deliveries.size(), 2U);
  EXPECT_TRUE(loaded->more);
}

TEST_P(StoreContract, LoadsAllReadyDeliveriesPageByPage) {
  const EndpointId endpoint = add_endpoint();
  std::vector<AcceptEvents::Item> items;
  for (int i = 0; i < 50; ++i) {
    items.push_back(item("RET-" + std::to_string(i)));
  }
  accept(items);
  const auto expected = due_ids();
  std::vector<DeliveryId> seen;
  DeliveryId after;
  for (bool more = true; more;) {
    const auto loaded = store().queue().load_ready(
        {.endpoint = endpoint, .after = after, .count_max = 7, .bytes_max = kPlenty});
    ASSERT_TRUE(loaded);
    for (const DeliveryId id : ids_of(loaded->deliveries)) {
      seen.push_back(id);
    }
    after = seen.back();
    more = loaded->more;
  }
  EXPECT_THAT(seen, ElementsAreArray(expected));
}

TEST_P(StoreContract, LoadsReadyDeliveriesFromTheStartAgainAfterALoad) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto ids = due_ids();
  EXPECT_EQ(ids_of(load_ready(endpoint).deliveries), ids);
  settle(ids[0], DeliveryState::kDelivered);
  EXPECT_THAT(ids_of(load_ready(endpoint).deliveries), ElementsAre(ids[1]));
  accept_one("RET-3");
  EXPECT_EQ(load_ready(endpoint).deliveries.size(), 2U);
}

TEST_P(StoreContract, LoadsNothingForAnEndpointThatItDoesNotKnow) {
  const auto loaded = load_ready(EndpointId{999});
  EXPECT_THAT(loaded.deliveries, IsEmpty());
  EXPECT_FALSE(loaded.more);
  EXPECT_THAT(load_waiting(EndpointId{999}, now()).deliveries, IsEmpty());
  EXPECT_EQ(store().queue().next_waiting_at(EndpointId{999}), std::nullopt);
}

TEST_P(StoreContract, LoadsWaitingDeliveriesSoonestFirst) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const auto ids = due_ids();
  settle_waiting(ids[0], std::chrono::seconds{30});
  settle_waiting(ids[1], std::chrono::seconds{10});
  settle_waiting(ids[2], std::chrono::seconds{20});
  const auto loaded = load_waiting(endpoint, now() + std::chrono::minutes{1});
  EXPECT_THAT(ids_of(loaded.deliveries), ElementsAre(ids[1], ids[2], ids[0]));
  EXPECT_EQ(loaded.deliveries.at(0).due_at, now() + std::chrono::seconds{10});
  EXPECT_EQ(loaded.deliveries.at(0).attempts_made, 1);
  EXPECT_FALSE(loaded.more);
}

TEST_P(StoreContract, LoadsWaitingDeliveriesThatAreDueAtTheGivenTimeOrBefore) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto ids = due_ids();
  settle_waiting(ids[0], std::chrono::milliseconds{1000});
  settle_waiting(ids[1], std::chrono::milliseconds{1001});
  EXPECT_THAT(ids_of(load_waiting(endpoint, now() + std::chrono::seconds{1}).deliveries),
              ElementsAre(ids[0]));
}

TEST_P(StoreContract, LoadsAtMostAsManyWaitingDeliveriesAsAskedAndSaysThatThereAreMore) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2"), item("RET-3")});
  const auto ids = due_ids();
  for (const DeliveryId id : ids) {
    settle_waiting(id, std::chrono::seconds{id.value});
  }
  const auto loaded = store().queue().load_waiting({.endpoint = endpoint,
                                                    .due_until = now() + std::chrono::hours{1},
                                                    .count_max = 2,
                                                    .bytes_max = kPlenty});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(ids_of(loaded->deliveries), ElementsAre(ids[0], ids[1]));
  EXPECT_TRUE(loaded->more);
}

TEST_P(StoreContract, LoadsWaitingDeliveriesUntilTheirBodiesReachTheBytesAsked) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  for (const DeliveryId id : due_ids()) {
    settle_waiting(id, std::chrono::seconds{1});
  }
  const auto loaded = store().queue().load_waiting({.endpoint = endpoint,
                                                    .due_until = now() + std::chrono::hours{1},
                                                    .count_max = kPlenty,
                                                    .bytes_max = 1});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->deliveries.size(), 1U);
  EXPECT_TRUE(loaded->more);
}

TEST_P(StoreContract, TellsWhenTheSoonestWaitingDeliveryIsDue) {
  const EndpointId endpoint = add_endpoint();
  accept({item("RET-1"), item("RET-2")});
  const auto ids = due_ids();
  EXPECT_EQ(store().queue().next_waiting_at(endpoint), std::nullopt);
  settle_waiting(ids[0], std::chrono::seconds{30});
  settle_waiting(ids[1], std::chrono::seconds{10});
  EXPECT_EQ(store().queue().next_waiting_at(endpoint), now() + std::chrono::seconds{10});
  reopen();
  EXPECT_EQ(store().queue().next_waiting_at(endpoint), now() + std::chrono::seconds{10});
}

TEST_P(StoreContract, ListsEndpointsWithAnythingUnsettledByAscendingId) {
  const EndpointId settled = add_endpoint();
  const EndpointId ready = add_endpoint();
  const EndpointId waiting = add_endpoint();
  accept_one("RET-1");
  const auto ids = due_ids();
  settle(ids[0], DeliveryState::kDelivered);
  settle_waiting(ids[2], std::chrono::hours{1});
  ASSERT_NE(settled, ready);
  EXPECT_THAT(*store().queue().endpoints_with_pending(), ElementsAre(ready, waiting));
  reopen();
  EXPECT_THAT(*store().queue().endpoints_with_pending(), ElementsAre(ready, waiting));
}

TEST_P(StoreContract, ListsDeletedEndpointsThatAreStillOwedSomething) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  delete_endpoint(endpoint);
  EXPECT_THAT(*store().queue().endpoints_with_pending(), ElementsAre(endpoint));
}

TEST_P(StoreContract, ReportsDamageInABodyThatItLoads) {
  const EndpointId endpoint = add_endpoint();
  const auto event = accept_one("RET-1");
  reopen_with_damaged_body(event.id);
  EXPECT_THAT(store().queue().load_ready(
                  {.endpoint = endpoint, .after = {}, .count_max = 10, .bytes_max = kPlenty}),
              FailsWith(ErrorCode::kCorruption));
}

TEST_P(StoreContract, EndsWhenALoadFindsDamage) {
  const EndpointId endpoint = add_endpoint();
  const auto event = accept_one("RET-1");
  reopen_with_damaged_body(event.id);
  ASSERT_FALSE(store().queue().load_ready(
      {.endpoint = endpoint, .after = {}, .count_max = 10, .bytes_max = kPlenty}));
  EXPECT_THAT(store().transitions().begin(now()), FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(store().queue().next_waiting_at(endpoint), FailsWith(ErrorCode::kCorruption));
}

}  // namespace
}  // namespace returnflows::contract
