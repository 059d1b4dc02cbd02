#include "returnflows/store/contract/store_contract.h"

// What a commit means: nothing before it, everything after it, whatever becomes of the process.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, ShowsNoEventBeforeItsCommit) {
  add_endpoint();
  begin_group();
  const auto outcome = apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*store().events().find(merchant(), outcome->at(0).public_id), std::nullopt);
  EXPECT_EQ(store().events().newest(), EventId{});
  DeliveryFilter filter;
  filter.merchant = merchant();
  EXPECT_THAT(store().deliveries().list(filter)->rows, IsEmpty());
  commit_group();
  EXPECT_NE(*store().events().find(merchant(), outcome->at(0).public_id), std::nullopt);
  EXPECT_EQ(store().deliveries().list(filter)->rows.size(), 1U);
}

TEST_P(StoreContract, ShowsNoOutcomeBeforeItsCommit) {
  add_endpoint();
  accept_one("RET-1");
  const SettleAttempt attempt = attempt_of(due_ids().at(0), DeliveryState::kDelivered);
  begin_group();
  ASSERT_TRUE(apply(attempt));
  EXPECT_EQ(delivery(attempt.delivery).state, DeliveryState::kReady);
  EXPECT_THAT(*store().deliveries().attempts(attempt.delivery), IsEmpty());
  commit_group();
  EXPECT_EQ(delivery(attempt.delivery).state, DeliveryState::kDelivered);
}

TEST_P(StoreContract, ShowsNoChangeOfTheCatalogueBeforeItsCommit) {
  CreateEndpoint endpoint;
  endpoint.endpoint.id = EndpointId{store().reserve_id()};
  endpoint.endpoint.merchant = merchant();
  CreateMerchant shoes;
  shoes.merchant = {.id = MerchantId{store().reserve_id()},
                    .name = "Shoes",
                    .slug = "shoes",
                    .created_at = now()};
  CreateApiKey key;
  key.key.id = ApiKeyId{store().reserve_id()};
  begin_group();
  ASSERT_TRUE(apply(endpoint) && apply(shoes) && apply(key));
  EXPECT_THAT(store().endpoints().all(), IsEmpty());
  EXPECT_EQ(store().access().find_merchant_by_slug("shoes"), nullptr);
  EXPECT_THAT(store().access().keys(), IsEmpty());
  commit_group();
  EXPECT_EQ(store().endpoints().all().size(), 1U);
  EXPECT_NE(store().access().find_merchant_by_slug("shoes"), nullptr);
  EXPECT_EQ(store().access().keys().size(), 1U);
}

TEST_P(StoreContract, CommitsAnEmptyGroup) {
  begin_group();
  commit_group();
  EXPECT_THAT(report().due, IsEmpty());
  EXPECT_THAT(report().endpoints, IsEmpty());
  EXPECT_FALSE(report().last_event.is_set());
}

TEST_P(StoreContract, ReportsOnlyWhatItsOwnGroupChanged) {
  add_endpoint();
  accept_one("RET-1");
  add_merchant("other");
  EXPECT_THAT(report().due, IsEmpty());
  EXPECT_THAT(report().endpoints, IsEmpty());
  EXPECT_FALSE(report().last_event.is_set());
}

TEST_P(StoreContract, GivesEverythingInAGroupTheTimeOfItsBeginning) {
  begin_group();
  const Timestamp begun = now();
  advance(std::chrono::seconds{1});
  const auto outcome = apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}});
  commit_group();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->at(0).created_at, begun);
}

TEST_P(StoreContract, LosesAGroupThatWasNotCommitted) {
  const EndpointId endpoint = add_endpoint();
  const auto kept = accept_one("RET-1");
  const SettleAttempt attempt = attempt_of(due_ids().at(0), DeliveryState::kDelivered);
  begin_group();
  ASSERT_TRUE(apply(attempt));
  ASSERT_TRUE(apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-2")}, .idempotency = {}, .test_endpoint = {}}));
  ASSERT_TRUE(apply(DeleteEndpoint{.merchant = merchant(), .endpoint = endpoint}));
  reopen();
  EXPECT_EQ(store().events().newest(), kept.id);
  EXPECT_THAT(ids_of(load_ready(endpoint).deliveries), ElementsAre(attempt.delivery));
  EXPECT_NE(store().endpoints().find(endpoint), nullptr);
  EXPECT_THAT(*store().deliveries().attempts(attempt.delivery), IsEmpty());
}

TEST_P(StoreContract, GivesTheNumbersOfALostGroupAgain) {
  const auto first = accept_one("RET-1");
  begin_group();
  ASSERT_TRUE(apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}}));
  reopen();
  const auto second = accept_one("RET-1");
  EXPECT_EQ(second.sequence, first.sequence + 1);
}

TEST_P(StoreContract, HasEverythingAfterReopening) {
  const EndpointId endpoint = add_endpoint();
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-2")});
  const auto ids = due_ids();
  settle_waiting(ids[0], std::chrono::minutes{1});
  reopen();
  for (const auto& event : events) {
    const auto found = store().events().find(merchant(), event.public_id);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->sequence, event.sequence);
  }
  EXPECT_EQ(delivery_of(events[0], endpoint).state, DeliveryState::kWaiting);
  EXPECT_EQ(delivery_of(events[1], endpoint).state, DeliveryState::kReady);
  EXPECT_EQ(delivery_of(events[2], endpoint).state, DeliveryState::kHeld);
}

TEST_P(StoreContract, ReadsItsPublicIdsAfterReopening) {
  const auto event = accept_one("RET-1");
  reopen();
  const auto decoded = store().ids().decode(IdPrefix::kEvent, event.public_id);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->row, event.id.value);
}

TEST_P(StoreContract, GrowsWithWhatItHolds) {
  const std::uint64_t before = store().statistics().database_bytes;
  std::vector<AcceptEvents::Item> items(200, item("RET-1"));
  accept(items);
  EXPECT_GT(store().statistics().database_bytes, before);
}

}  // namespace
}  // namespace returnflows::contract
