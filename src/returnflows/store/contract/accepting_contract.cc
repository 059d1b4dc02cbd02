#include "returnflows/store/contract/store_contract.h"

// Accepting events: sequence, envelope, fan-out, ids chosen by producers.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(StoreContract, OwesAnEventToEveryEndpointThatSubscribesToIt) {
  const EndpointId one = add_endpoint();
  const EndpointId two = add_endpoint();
  const auto event = accept_one("RET-1");
  ASSERT_EQ(report().due.size(), 2U);
  EXPECT_EQ(report().due[0].endpoint, one);
  EXPECT_EQ(report().due[1].endpoint, two);
  EXPECT_EQ(report().due[0].event->public_id, event.public_id);
}

TEST_P(StoreContract, OwesAnEventOnlyToEndpointsOfItsType) {
  Endpoint settings;
  settings.all_event_types = false;
  settings.event_types.set(index_of(EventType::kReturnClosed));
  const EndpointId endpoint = add_endpoint(settings);
  accept_one("RET-1", EventType::kReturnCreated);
  EXPECT_THAT(report().due, IsEmpty());
  accept_one("RET-2", EventType::kReturnClosed);
  ASSERT_EQ(report().due.size(), 1U);
  EXPECT_EQ(report().due[0].endpoint, endpoint);
}

TEST_P(StoreContract, OwesNothingToEndpointsOfAnotherMerchant) {
  Endpoint settings;
  settings.merchant = add_merchant("other");
  add_endpoint(settings);
  accept_one("RET-1");
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, OwesEventsToPausedEndpointsToo) {
  Endpoint settings;
  settings.state = EndpointState::kPaused;
  const EndpointId endpoint = add_endpoint(settings);
  const auto event = accept_one("RET-1");
  EXPECT_EQ(delivery_of(event, endpoint).state, DeliveryState::kReady);
}

TEST_P(StoreContract, OwesNothingToAnEndpointThatCameLater) {
  accept_one("RET-1");
  const EndpointId late = add_endpoint();
  EXPECT_THAT(load_ready(late).deliveries, IsEmpty());
}

TEST_P(StoreContract, ReportsADueDeliveryWithAllThatALaneNeeds) {
  const EndpointId endpoint = add_endpoint();
  const auto event = accept_one("RET-1", EventType::kReturnPaused);
  ASSERT_EQ(report().due.size(), 1U);
  const DueDelivery& due = report().due[0];
  EXPECT_TRUE(due.id.is_set());
  EXPECT_EQ(due.endpoint, endpoint);
  EXPECT_EQ(due.created_at, now());
  EXPECT_EQ(due.due_at, now());
  EXPECT_EQ(due.attempts_made, 0);
  ASSERT_TRUE(due.event);
  EXPECT_EQ(due.event->id, event.id);
  EXPECT_EQ(due.event->type, EventType::kReturnPaused);
  EXPECT_EQ(due.event->created_at, now());
}

TEST_P(StoreContract, ReportsTheNewestEventOfTheLog) {
  const auto events = accept({item("RET-1"), item("RET-2")});
  EXPECT_EQ(report().last_event, events[1].id);
}

TEST_P(StoreContract, NumbersTheEventsOfEachReturnFromOne) {
  const auto events = accept({item("RET-1"), item("RET-2"), item("RET-1"), item("RET-1")});
  EXPECT_EQ(events[0].sequence, 1);
  EXPECT_EQ(events[1].sequence, 1);
  EXPECT_EQ(events[2].sequence, 2);
  EXPECT_EQ(events[3].sequence, 3);
}

TEST_P(StoreContract, NumbersTheReturnsOfEachMerchantApart) {
  accept_one("RET-1");
  const MerchantId other = add_merchant("other");
  const auto events = commit(AcceptEvents{
      .merchant = other, .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}});
  ASSERT_TRUE(events);
  EXPECT_EQ(events->at(0).sequence, 1);
}

TEST_P(StoreContract, GoesOnWithTheSequenceAfterReopening) {
  accept({item("RET-1"), item("RET-1")});
  reopen();
  EXPECT_EQ(accept_one("RET-1").sequence, 3);
}

TEST_P(StoreContract, AnswersWhatItAccepted) {
  AcceptEvents::Item published = item("RET-9", EventType::kShipmentDelivered);
  published.event.revision = 4;
  const auto event = accept({published}).at(0);
  EXPECT_TRUE(event.id.is_set());
  EXPECT_EQ(event.type, EventType::kShipmentDelivered);
  EXPECT_EQ(event.return_id, "RET-9");
  EXPECT_EQ(event.revision, 4);
  EXPECT_EQ(event.created_at, now());
  EXPECT_FALSE(event.duplicate);
}

TEST_P(StoreContract, MakesAPublicIdThatItsCodecReads) {
  const auto event = accept_one("RET-1");
  const auto decoded = store().ids().decode(IdPrefix::kEvent, event.public_id);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->row, event.id.value);
  EXPECT_EQ(decoded->created_at, now());
}

TEST_P(StoreContract, RendersTheEnvelopeThatItSends) {
  add_endpoint();
  AcceptEvents::Item published = item("RET-1");
  published.event.occurred_at = now() - std::chrono::seconds{5};
  const auto event = accept({published}).at(0);
  const std::string& body = report().due.at(0).event->body;
  EXPECT_THAT(body, HasSubstr("\"" + event.public_id + "\""));
  EXPECT_THAT(body, HasSubstr(R"("data":{"return":{"id":"RET-1"}})"));
  EXPECT_THAT(body, HasSubstr("2026-02-07T01:59:55.000Z"));
  EXPECT_THAT(body, HasSubstr(R"("live")"));
}

TEST_P(StoreContract, KeepsTheBytesThatItSent) {
  add_endpoint();
  const auto event = accept_one("RET-1");
  const auto found = store().events().find(merchant(), event.public_id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->body, report().due.at(0).event->body);
}

TEST_P(StoreContract, GivesEventsRowNumbersInTheOrderOfTheLog) {
  const auto events = accept({item("RET-1"), item("RET-2")});
  EXPECT_LT(events[0].id, events[1].id);
  reopen();
  EXPECT_LT(events[1].id, accept_one("RET-3").id);
}

TEST_P(StoreContract, RefusesEventsOfAMerchantThatItDoesNotKnow) {
  const auto outcome = commit(AcceptEvents{.merchant = MerchantId{999},
                                           .items = {item("RET-1")},
                                           .idempotency = {},
                                           .test_endpoint = {}});
  EXPECT_THAT(outcome, FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, KeepsTheIdThatTheProducerChose) {
  add_endpoint();
  const auto event = accept({item_with_id("order-17")}).at(0);
  EXPECT_EQ(event.public_id, "order-17");
  EXPECT_EQ(report().due.at(0).event->public_id, "order-17");
}

TEST_P(StoreContract, AcceptsAnEventWithAKnownIdOnce) {
  const EndpointId endpoint = add_endpoint();
  const auto first = accept({item_with_id("order-17")}).at(0);
  advance(std::chrono::seconds{1});
  const auto again = accept({item_with_id("order-17")}).at(0);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.public_id, first.public_id);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(again.created_at, first.created_at);
  EXPECT_THAT(report().due, IsEmpty());
  EXPECT_EQ(load_ready(endpoint).deliveries.size(), 1U);
}

TEST_P(StoreContract, KnowsTheIdsOfProducersAfterReopening) {
  accept({item_with_id("order-17")});
  reopen();
  EXPECT_TRUE(accept({item_with_id("order-17")}).at(0).duplicate);
}

TEST_P(StoreContract, AcceptsAnIdTwiceInOneBatchOnce) {
  const auto events = accept({item_with_id("order-17"), item_with_id("order-17")});
  EXPECT_FALSE(events[0].duplicate);
  EXPECT_TRUE(events[1].duplicate);
  EXPECT_EQ(events[0].id, events[1].id);
}

TEST_P(StoreContract, AcceptsAnIdTwiceInOneGroupOnce) {
  const AcceptEvents publish{.merchant = merchant(),
                             .items = {item_with_id("order-17")},
                             .idempotency = {},
                             .test_endpoint = {}};
  begin_group();
  const auto first = apply(publish);
  const auto again = apply(publish);
  commit_group();
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->at(0).id, first->at(0).id);
  EXPECT_TRUE(again->at(0).duplicate);
}

TEST_P(StoreContract, RefusesAKnownIdWithOtherContent) {
  accept({item_with_id("order-17", 1)});
  const auto outcome = commit(AcceptEvents{.merchant = merchant(),
                                           .items = {item_with_id("order-17", 2)},
                                           .idempotency = {},
                                           .test_endpoint = {}});
  ASSERT_THAT(outcome, FailsWith(ErrorCode::kUnprocessable));
  EXPECT_EQ(outcome.error().reason, "idempotency_mismatch");
}

TEST_P(StoreContract, RefusesABatchThatGivesOneIdToTwoContents) {
  const auto outcome =
      commit(AcceptEvents{.merchant = merchant(),
                          .items = {item_with_id("order-17", 1), item_with_id("order-17", 2)},
                          .idempotency = {},
                          .test_endpoint = {}});
  EXPECT_THAT(outcome, FailsWith(ErrorCode::kUnprocessable));
}

TEST_P(StoreContract, KeepsTheIdsOfEachMerchantApart) {
  accept({item_with_id("order-17", 1)});
  const auto outcome = commit(AcceptEvents{.merchant = add_merchant("other"),
                                           .items = {item_with_id("order-17", 2)},
                                           .idempotency = {},
                                           .test_endpoint = {}});
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->at(0).duplicate);
}

TEST_P(StoreContract, RefusesAnIdThatItMadeItself) {
  const auto event = accept_one("RET-1");
  const auto outcome = commit(AcceptEvents{.merchant = merchant(),
                                           .items = {item_with_id(event.public_id)},
                                           .idempotency = {},
                                           .test_endpoint = {}});
  EXPECT_THAT(outcome, FailsWith(ErrorCode::kUnprocessable));
}

TEST_P(StoreContract, AcceptsNothingOfABatchThatItRefuses) {
  const EndpointId endpoint = add_endpoint();
  accept({item_with_id("order-17", 1)});
  const EventId newest = report().last_event;
  const auto outcome =
      commit(AcceptEvents{.merchant = merchant(),
                          .items = {item("RET-5"), item_with_id("order-17", 2), item("RET-5")},
                          .idempotency = {},
                          .test_endpoint = {}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(store().events().newest(), newest);
  EXPECT_EQ(load_ready(endpoint).deliveries.size(), 1U);
  EXPECT_EQ(accept_one("RET-5").sequence, 1);
}

TEST_P(StoreContract, GoesOnWithTheGroupAfterARefusal) {
  begin_group();
  const auto refused = apply(AcceptEvents{.merchant = MerchantId{999},
                                          .items = {item("RET-1")},
                                          .idempotency = {},
                                          .test_endpoint = {}});
  const auto accepted = apply(AcceptEvents{
      .merchant = merchant(), .items = {item("RET-1")}, .idempotency = {}, .test_endpoint = {}});
  commit_group();
  EXPECT_FALSE(refused);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(store().events().newest(), accepted->at(0).id);
}

TEST_P(StoreContract, SendsATestToItsEndpointWhateverThatSubscribesTo) {
  Endpoint settings;
  settings.all_event_types = false;
  const EndpointId endpoint = add_endpoint(settings);
  add_endpoint();
  const auto outcome = commit(AcceptEvents{.merchant = merchant(),
                                           .items = {item("RET-1")},
                                           .idempotency = {},
                                           .test_endpoint = endpoint});
  ASSERT_TRUE(outcome);
  ASSERT_EQ(report().due.size(), 1U);
  EXPECT_EQ(report().due[0].endpoint, endpoint);
}

TEST_P(StoreContract, MarksATestInItsEnvelopeAndInTheLog) {
  const EndpointId endpoint = add_endpoint();
  const auto outcome = commit(AcceptEvents{.merchant = merchant(),
                                           .items = {item("RET-1")},
                                           .idempotency = {},
                                           .test_endpoint = endpoint});
  ASSERT_TRUE(outcome);
  EXPECT_THAT(report().due.at(0).event->body, HasSubstr(R"("environment":"test")"));
  const auto found = store().events().find(merchant(), outcome->at(0).public_id);
  ASSERT_TRUE(found && *found);
  EXPECT_TRUE((*found)->test);
}

TEST_P(StoreContract, DoesNotLetATestWaitBehindEventsOfItsReturn) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const auto outcome = commit(AcceptEvents{.merchant = merchant(),
                                           .items = {item("RET-1")},
                                           .idempotency = {},
                                           .test_endpoint = endpoint});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(report().due.size(), 1U);
}

TEST_P(StoreContract, RefusesATestForAnEndpointOfAnotherMerchant) {
  Endpoint settings;
  settings.merchant = add_merchant("other");
  const EndpointId endpoint = add_endpoint(settings);
  EXPECT_THAT(commit(AcceptEvents{.merchant = merchant(),
                                  .items = {item("RET-1")},
                                  .idempotency = {},
                                  .test_endpoint = endpoint}),
              FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, CountsEventsAndCommitsSinceItWasOpened) {
  const std::uint64_t commits = store().statistics().commits;
  accept({item("RET-1"), item("RET-2")});
  EXPECT_EQ(store().statistics().events, 2U);
  EXPECT_EQ(store().statistics().commits, commits + 1);
  reopen();
  EXPECT_EQ(store().statistics().events, 0U);
}

}  // namespace
}  // namespace returnflows::contract
