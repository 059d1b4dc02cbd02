#include "returnflows/store/contract/store_contract.h"

// Outcomes of attempts: the delivery's new state, and the attempts that the log keeps.
namespace returnflows::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, SettlesADeliveryAsDelivered) {
  const EndpointId endpoint = add_endpoint();
  const auto event = accept_one("RET-1");
  EXPECT_EQ(settle(due_ids().at(0), DeliveryState::kDelivered), DeliveryState::kDelivered);
  const DeliveryRecord record = delivery_of(event, endpoint);
  EXPECT_EQ(record.state, DeliveryState::kDelivered);
  EXPECT_EQ(record.attempts_made, 1);
  EXPECT_EQ(record.next_attempt_at, std::nullopt);
  EXPECT_THAT(load_ready(endpoint).deliveries, IsEmpty());
}

TEST_P(StoreContract, KeepsAFailedDeliveryUntilItsNextAttempt) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_EQ(settle_waiting(id, std::chrono::minutes{2}), DeliveryState::kWaiting);
  EXPECT_EQ(delivery(id).next_attempt_at, now() + std::chrono::minutes{2});
  EXPECT_THAT(load_ready(endpoint).deliveries, IsEmpty());
  EXPECT_EQ(load_waiting(endpoint, now() + std::chrono::minutes{2}).deliveries.size(), 1U);
}

TEST_P(StoreContract, DoesNotReportARetryThatTheLaneDecidedItself) {
  add_endpoint();
  accept_one("RET-1");
  settle_waiting(due_ids().at(0), std::chrono::minutes{2});
  EXPECT_THAT(report().due, IsEmpty());
}

TEST_P(StoreContract, SettlesADeliveryAsExhausted) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  EXPECT_EQ(settle(id, DeliveryState::kExhausted), DeliveryState::kExhausted);
  EXPECT_EQ(delivery(id).next_attempt_at, std::nullopt);
  EXPECT_THAT(load_waiting(endpoint, now() + std::chrono::years{1}).deliveries, IsEmpty());
}

TEST_P(StoreContract, RefusesAnAttemptOfADeliveryThatIsNotThere) {
  SettleAttempt transition;
  transition.delivery = DeliveryId{999};
  transition.next_state = DeliveryState::kDelivered;
  EXPECT_THAT(commit(transition), FailsWith(ErrorCode::kNotFound));
}

TEST_P(StoreContract, CountsAnAttemptThatIsReportedTwiceOnce) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  SettleAttempt attempt = attempt_of(id, DeliveryState::kWaiting);
  attempt.next_attempt_at = now() + std::chrono::minutes{2};
  ASSERT_TRUE(commit(attempt));
  EXPECT_EQ(commit(attempt), DeliveryState::kWaiting);
  EXPECT_EQ(delivery(id).attempts_made, 1);
  EXPECT_EQ(store().deliveries().attempts(id)->size(), 1U);
}

TEST_P(StoreContract, CountsTheAttemptsOfADeliveryAcrossReopening) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::minutes{2});
  reopen();
  advance(std::chrono::minutes{2});
  settle_waiting(id, std::chrono::minutes{2});
  EXPECT_EQ(delivery(id).attempts_made, 2);
}

TEST_P(StoreContract, TakesADeliveryThatSucceededAfterItWasCanceledAsDelivered) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  ASSERT_TRUE(cancel(id));
  EXPECT_EQ(settle(id, DeliveryState::kDelivered), DeliveryState::kDelivered);
}

TEST_P(StoreContract, LeavesADeliveryCanceledThatFailedAfterwards) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  ASSERT_TRUE(cancel(id));
  EXPECT_EQ(settle_waiting(id, std::chrono::minutes{2}), DeliveryState::kCanceled);
  EXPECT_THAT(load_waiting(endpoint, now() + std::chrono::years{1}).deliveries, IsEmpty());
  EXPECT_EQ(delivery(id).attempts_made, 1) << "the attempt counts all the same";
}

TEST_P(StoreContract, CancelsADeliveryThatFailsAfterItsEndpointWasDeleted) {
  const EndpointId endpoint = add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  delete_endpoint(endpoint);
  EXPECT_EQ(settle_waiting(id, std::chrono::minutes{2}), DeliveryState::kCanceled);
}

TEST_P(StoreContract, ShowsTheLastAttemptInTheDelivery) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  advance(std::chrono::seconds{3});
  SettleAttempt attempt = attempt_of(id, DeliveryState::kExhausted);
  attempt.attempt.status = 0;
  attempt.attempt.result = AttemptResult::kTimedOut;
  attempt.sentence = "the endpoint did not answer within 15 s";
  ASSERT_TRUE(commit(attempt));
  const DeliveryRecord record = delivery(id);
  EXPECT_EQ(record.last_status, 0);
  EXPECT_EQ(record.last_result, AttemptResult::kTimedOut);
  EXPECT_EQ(record.last_sentence, "the endpoint did not answer within 15 s");
  EXPECT_EQ(record.updated_at, now());
}

TEST_P(StoreContract, HasNoLastAttemptBeforeTheFirst) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryRecord record = delivery(due_ids().at(0));
  EXPECT_EQ(record.last_result, std::nullopt);
  EXPECT_EQ(record.last_status, 0);
  EXPECT_EQ(record.last_sentence, "");
  EXPECT_THAT(*store().deliveries().attempts(record.id), IsEmpty());
}

TEST_P(StoreContract, ListsTheAttemptsOfADeliveryOldestFirst) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::seconds{5});
  advance(std::chrono::seconds{5});
  settle_waiting(id, std::chrono::seconds{5});
  advance(std::chrono::seconds{5});
  settle(id, DeliveryState::kDelivered);
  const auto attempts = store().deliveries().attempts(id);
  ASSERT_TRUE(attempts);
  ASSERT_EQ(attempts->size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const AttemptRecord& record = attempts->at(static_cast<std::size_t>(i));
    EXPECT_EQ(record.delivery, id);
    EXPECT_EQ(record.attempt.number, i + 1);
    EXPECT_EQ(record.attempt.started_at, now() - std::chrono::seconds{5 * (2 - i)});
    EXPECT_EQ(record.delivered, i == 2);
  }
}

TEST_P(StoreContract, KeepsAllThatAnAttemptTells) {
  add_endpoint();
  accept_one("RET-1");
  SettleAttempt settled = attempt_of(due_ids().at(0), DeliveryState::kExhausted);
  settled.attempt.status = 503;
  settled.attempt.timings.connect = std::chrono::microseconds{1200};
  settled.attempt.timings.total = std::chrono::microseconds{9000};
  settled.attempt.remote_address = "203.0.113.7:443";
  settled.attempt.answer_headers = "server: x";
  settled.attempt.answer_body = std::string("busy\0\xff", 6);
  settled.attempt.retry_after = "120";
  settled.attempt.error_detail = "none";
  settled.sentence = "HTTP 503";
  ASSERT_TRUE(commit(settled));
  const auto attempts = store().deliveries().attempts(settled.delivery);
  ASSERT_TRUE(attempts && attempts->size() == 1);
  const Attempt& kept = attempts->at(0).attempt;
  EXPECT_EQ(kept.status, 503);
  EXPECT_EQ(kept.result, AttemptResult::kAnswered);
  EXPECT_EQ(kept.timings.connect, settled.attempt.timings.connect);
  EXPECT_EQ(kept.timings.dns, std::nullopt);
  EXPECT_EQ(kept.timings.total, settled.attempt.timings.total);
  EXPECT_EQ(kept.remote_address, settled.attempt.remote_address);
  EXPECT_EQ(kept.answer_headers, settled.attempt.answer_headers);
  EXPECT_EQ(kept.answer_body, settled.attempt.answer_body);
  EXPECT_EQ(kept.retry_after, settled.attempt.retry_after);
  EXPECT_EQ(kept.error_detail, settled.attempt.error_detail);
  EXPECT_EQ(attempts->at(0).sentence, "HTTP 503");
}

TEST_P(StoreContract, KeepsAttemptsAfterReopening) {
  add_endpoint();
  accept_one("RET-1");
  const DeliveryId id = due_ids().at(0);
  settle_waiting(id, std::chrono::seconds{5});
  advance(std::chrono::seconds{5});
  settle(id, DeliveryState::kDelivered);
  reopen();
  EXPECT_EQ(store().deliveries().attempts(id)->size(), 2U);
}

TEST_P(StoreContract, CountsAttemptsInItsStatistics) {
  add_endpoint();
  accept_one("RET-1");
  settle(due_ids().at(0), DeliveryState::kDelivered);
  EXPECT_EQ(store().statistics().attempts, 1U);
}

}  // namespace
}  // namespace returnflows::contract
