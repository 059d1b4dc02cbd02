#include "returnflows/base/limits.h"
#include "returnflows/store/contract/store_contract.h"

// Endpoints: creating, changing, deleting and finding them.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<EndpointId> ids_of(const std::vector<std::shared_ptr<const Endpoint>>& endpoints) {
  std::vector<EndpointId> ids;
  for (const auto& endpoint : endpoints) {
    ids.push_back(endpoint->id);
  }
  return ids;
}

// Nothing of it is a default.
Endpoint unusual_endpoint(Timestamp now) {
  Endpoint endpoint;
  endpoint.url = "https://shop.example/hooks?a=%2F";
  endpoint.description = "für das Lager";
  endpoint.event_types.set(index_of(EventType::kShipmentDelivered));
  endpoint.all_event_types = false;
  endpoint.state = EndpointState::kDisabled;
  endpoint.disabled_reason = "it answered 410 Gone";
  endpoint.success = SuccessRule::kAny2xx;
  endpoint.ordering = Ordering::kNone;
  endpoint.retry_delays = {std::chrono::seconds{1}, std::chrono::hours{24}};
  endpoint.attempt_timeout = std::chrono::milliseconds{2345};
  endpoint.api_version = "2026-02-01";
  endpoint.secret.bytes = std::string("\0sealed\xff", 8);
  endpoint.previous_secret.bytes = "before";
  endpoint.previous_secret_until = now + std::chrono::hours{24};
  endpoint.updated_at = now + std::chrono::milliseconds{1};
  return endpoint;
}

void expect_equal(const Endpoint& actual, const Endpoint& expected) {
  EXPECT_EQ(actual.id, expected.id);
  EXPECT_EQ(actual.merchant, expected.merchant);
  EXPECT_EQ(actual.url, expected.url);
  EXPECT_EQ(actual.description, expected.description);
  EXPECT_EQ(actual.event_types, expected.event_types);
  EXPECT_EQ(actual.all_event_types, expected.all_event_types);
  EXPECT_EQ(actual.state, expected.state);
  EXPECT_EQ(actual.disabled_reason, expected.disabled_reason);
  EXPECT_EQ(actual.success, expected.success);
  EXPECT_EQ(actual.ordering, expected.ordering);
  EXPECT_EQ(actual.retry_delays, expected.retry_delays);
  EXPECT_EQ(actual.attempt_timeout, expected.attempt_timeout);
  EXPECT_EQ(actual.api_version, expected.api_version);
  EXPECT_EQ(actual.secret.bytes, expected.secret.bytes);
  EXPECT_EQ(actual.previous_secret.bytes, expected.previous_secret.bytes);
  EXPECT_EQ(actual.previous_secret_until, expected.previous_secret_until);
  EXPECT_EQ(actual.version, expected.version);
  EXPECT_EQ(actual.created_at, expected.created_at);
  EXPECT_EQ(actual.updated_at, expected.updated_at);
}

TEST_P(StoreContract, FindsACreatedEndpointAsItWasGivenAndAfterReopening) {
  Endpoint expected = unusual_endpoint(now());
  expected.id = add_endpoint(expected);
  expected.merchant = merchant();
  expected.created_at = now();
  ASSERT_TRUE(store().endpoints().find(expected.id));
  expect_equal(*store().endpoints().find(expected.id), expected);
  reopen();
  ASSERT_TRUE(store().endpoints().find(expected.id));
  expect_equal(*store().endpoints().find(expected.id), expected);
}

TEST_P(StoreContract, KeepsAnEndpointThatNeverRetries) {
  Endpoint settings;
  settings.retry_delays.clear();
  const EndpointId id = add_endpoint(settings);
  reopen();
  EXPECT_THAT(store().endpoints().find(id)->retry_delays, IsEmpty());
}

TEST_P(StoreContract, FindsNoEndpointThatIsNotThere) {
  EXPECT_EQ(store().endpoints().find(EndpointId{999}), nullptr);
}

TEST_P(StoreContract, ReportsACreatedEndpoint) {
  const EndpointId id = add_endpoint();
  ASSERT_EQ(report().endpoints.size(), 1U);
  EXPECT_EQ(report().endpoints[0].id, id);
  EXPECT_EQ(report().endpoints[0].endpoint, store().endpoints().find(id));
}

TEST_P(StoreContract, RefusesAnEndpointOfAMerchantThatItDoesNotKnow) {
  CreateEndpoint transition;
  transition.endpoint.id = EndpointId{store().reserve_id()};
  transition.endpoint.merchant = MerchantId{999};
  EXPECT_THAT(commit(transition), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesOneEndpointMoreThanAMerchantMayHave) {
  CreateEndpoint transition;
  transition.endpoint.merchant = merchant();
  begin_group();
  for (std::size_t i = 0; i < limits::kEndpointsPerMerchantMax; ++i) {
    transition.endpoint.id = EndpointId{store().reserve_id()};
    ASSERT_TRUE(apply(transition)) << i;
  }
  transition.endpoint.id = EndpointId{store().reserve_id()};
  EXPECT_THAT(apply(transition), FailsWith(ErrorCode::kConflict));
  commit_group();
}

TEST_P(StoreContract, ListsTheEndpointsOfAMerchantByDescendingId) {
  const EndpointId one = add_endpoint();
  const EndpointId two = add_endpoint();
  Endpoint settings;
  settings.merchant = add_merchant("other");
  const EndpointId foreign = add_endpoint(settings);
  EXPECT_THAT(ids_of(store().endpoints().of_merchant(merchant())), ElementsAre(two, one));
  EXPECT_THAT(ids_of(store().endpoints().all()), ElementsAre(foreign, two, one));
  reopen();
  EXPECT_THAT(ids_of(store().endpoints().of_merchant(merchant())), ElementsAre(two, one));
}

TEST_P(StoreContract, ListsNoEndpointsOfAMerchantWithout) {
  EXPECT_THAT(store().endpoints().of_merchant(merchant()), IsEmpty());
}

TEST_P(StoreContract, ReplacesAnEndpointByItsNextVersion) {
  const EndpointId id = add_endpoint();
  Endpoint changed = *store().endpoints().find(id);
  changed.version = 2;
  changed.url = "https://shop.example/new";
  const auto outcome = commit(UpdateEndpoint{changed});
  ASSERT_TRUE(outcome && *outcome);
  expect_equal(**outcome, changed);
  expect_equal(*store().endpoints().find(id), changed);
  EXPECT_THAT(ids_of(store().endpoints().of_merchant(merchant())), ElementsAre(id));
  reopen();
  expect_equal(*store().endpoints().find(id), changed);
}

TEST_P(StoreContract, ReportsAChangedEndpoint) {
  Endpoint changed = *store().endpoints().find(add_endpoint());
  changed.version = 2;
  ASSERT_TRUE(commit(UpdateEndpoint{changed}));
  ASSERT_EQ(report().endpoints.size(), 1U);
  EXPECT_EQ(report().endpoints[0].endpoint->version, 2);
}

TEST_P(StoreContract, RefusesAnEndpointWhoseVersionIsNotTheNext) {
  const EndpointId id = add_endpoint();
  for (const std::int64_t version : {1, 3}) {
    Endpoint changed = *store().endpoints().find(id);
    changed.version = version;
    EXPECT_THAT(commit(UpdateEndpoint{changed}), FailsWith(ErrorCode::kConflict)) << version;
  }
}

TEST_P(StoreContract, LetsOneOfTwoChangesInAGroupWin) {
  const EndpointId id = add_endpoint();
  Endpoint changed = *store().endpoints().find(id);
  changed.version = 2;
  begin_group();
  EXPECT_TRUE(apply(UpdateEndpoint{changed}));
  EXPECT_THAT(apply(UpdateEndpoint{changed}), FailsWith(ErrorCode::kConflict));
  commit_group();
  EXPECT_EQ(store().endpoints().find(id)->version, 2);
}

TEST_P(StoreContract, RefusesToChangeAnEndpointOfAnotherMerchantOrOneThatIsNotThere) {
  Endpoint changed = *store().endpoints().find(add_endpoint());
  changed.version = 2;
  Endpoint foreign = changed;
  foreign.merchant = add_merchant("other");
  EXPECT_THAT(commit(UpdateEndpoint{foreign}), FailsWith(ErrorCode::kNotFound));
  changed.id = EndpointId{999};
  EXPECT_THAT(commit(UpdateEndpoint{changed}), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, SendsByTheChangedSubscriptionFromTheSameGroupOn) {
  const EndpointId id = add_endpoint();
  Endpoint changed = *store().endpoints().find(id);
  changed.version = 2;
  changed.all_event_types = false;
  begin_group();
  ASSERT_TRUE(apply(UpdateEndpoint{changed}));
  ASSERT_TRUE(apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}}));
  commit_group();
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, ForgetsADeletedEndpoint) {
  const EndpointId id = add_endpoint();
  delete_endpoint(id);
  EXPECT_EQ(store().endpoints().find(id), nullptr);
  EXPECT_THAT(store().endpoints().of_merchant(merchant()), IsEmpty());
  EXPECT_THAT(store().endpoints().all(), IsEmpty());
  reopen();
  EXPECT_EQ(store().endpoints().find(id), nullptr);
}

TEST_P(StoreContract, ReportsADeletedEndpoint) {
  const EndpointId id = add_endpoint();
  delete_endpoint(id);
  ASSERT_EQ(report().endpoints.size(), 1U);
  EXPECT_EQ(report().endpoints[0].id, id);
  EXPECT_EQ(report().endpoints[0].endpoint, nullptr);
}

TEST_P(StoreContract, OwesNothingToADeletedEndpoint) {
  delete_endpoint(add_endpoint());
  accept_one("RET-1");
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, RefusesToDeleteTwiceOrForAnotherMerchant) {
  const EndpointId id = add_endpoint();
  EXPECT_THAT(commit(DeleteEndpoint{.merchant = add_merchant("other"), .endpoint = id}),
              FailsWith(ErrorCode::kNotFound));
  delete_endpoint(id);
  EXPECT_THAT(commit(DeleteEndpoint{.merchant = merchant(), .endpoint = id}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, RefusesToChangeADeletedEndpoint) {
  Endpoint changed = *store().endpoints().find(add_endpoint());
  changed.version = 2;
  delete_endpoint(changed.id);
  EXPECT_THAT(commit(UpdateEndpoint{changed}), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, NeverGivesTheNumberOfAnEndpointAgainEvenWhenItWasDeleted) {
  const EndpointId id = add_endpoint();
  delete_endpoint(id);
  reopen();
  EXPECT_GT(store().reserve_id(), id.value);
}

TEST_P(StoreContract, ReservesEveryIdOnce) {
  const std::int64_t first = store().reserve_id();
  EXPECT_GT(store().reserve_id(), first);
}

}  // namespace
}  // namespace returnflows::contract
