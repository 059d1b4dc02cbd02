// The checker must be able to fail: each test breaks one promise.
#include "tests/sim/history.h"

#include <gtest/gtest.h>

#include "returnflows/delivery/breaker.h"

namespace returnflows::sim {
namespace {

using std::chrono::seconds;

constexpr EndpointId kEndpoint{1};

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    history_.add_endpoint({.id = kEndpoint,
                           .ordered = true,
                           .complete = true,
                           .undisturbed = true,
                           .retry_delays = {seconds{10}, seconds{100}}});
    for (int i = 1; i <= 200; ++i) {
      // Delivery n carries event n; the first two are of one return, the others alone.
      history_.accepted("evt_" + std::to_string(i),
                        i <= 2 ? "ret_1" : "ret_" + std::to_string(i),
                        i == 2 ? 2 : 1);
    }
  }

  void request(std::int64_t delivery, int attempt = 1) {
    const std::string event = "evt_" + std::to_string(delivery);
    history_.request({.endpoint = kEndpoint,
                      .delivery = DeliveryId{delivery},
                      .event = event,
                      .attempt_number = attempt,
                      .due_since = now_},
                     now_);
  }

  void end(bool success, std::optional<seconds> hold = {}) {
    history_.ended({.endpoint = kEndpoint, .success = success, .hold = hold}, now_);
  }

  void deliver(std::int64_t delivery) {
    history_.taken(kEndpoint, DeliveryId{delivery});
    end(true);
    history_.settled({.delivery = DeliveryId{delivery},
                      .state = DeliveryState::kDelivered,
                      .next_attempt_at = {},
                      .ended_at = now_,
                      .attempt_number = 1},
                     now_);
  }

  void wait_after_failure(std::int64_t delivery, seconds delay) {
    end(false);
    history_.settled({.delivery = DeliveryId{delivery},
                      .state = DeliveryState::kWaiting,
                      .next_attempt_at = now_ + delay,
                      .ended_at = now_,
                      .attempt_number = 1},
                     now_);
  }

  std::size_t broken() const { return history_.violations().size(); }

  History history_;
  Timestamp now_{seconds{1'000}};
};

TEST_F(HistoryTest, FindsNothingInAGoodRun) {
  request(1);
  deliver(1);
  request(2);
  wait_after_failure(2, seconds{9});
  now_ += seconds{9};
  request(2, 2);
  EXPECT_EQ(broken(), 0U) << history_.violations().front();
}

TEST_F(HistoryTest, SeesAnEventOvertakeAnOlderOneOfItsReturn) {
  request(2);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesARequestAfterItsDeliveryWasSettled) {
  request(1);
  deliver(1);
  request(1, 2);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, TakesARequestThatPeopleAskedFor) {
  request(1);
  deliver(1);
  history_.retried(DeliveryId{1});
  request(1, 2);
  EXPECT_EQ(broken(), 0U);
}

TEST_F(HistoryTest, SeesAnAttemptNumberTwice) {
  request(1);
  wait_after_failure(1, seconds{10});
  now_ += seconds{10};
  request(1, 1);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesARetryThatComesTooSoon) {
  request(1);
  wait_after_failure(1, seconds{10});
  now_ += seconds{5};
  request(1, 2);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesARetryThatIsPlannedTooSoon) {
  request(1);
  wait_after_failure(1, seconds{7});
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesTooManyRequestsAtOnce) {
  for (std::int64_t delivery = 3; delivery < 3 + 64; ++delivery)
    request(delivery);
  EXPECT_EQ(broken(), 0U);
  request(100);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesTwoProbesAtOnceWhileTheBreakerIsOpen) {
  for (std::int64_t delivery = 3; delivery < 3 + Breaker::kFailuresToOpen; ++delivery) {
    request(delivery);
    end(false);
  }
  request(50);
  EXPECT_EQ(broken(), 0U);
  request(51);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesARequestBeforeRetryAfterIsOver) {
  request(3);
  end(false, seconds{60});
  now_ += seconds{59};
  request(4);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesARequestToAPausedEndpoint) {
  history_.sending(kEndpoint, false, now_);
  now_ += seconds{1};
  request(3);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesAnEventThatWasNeverCommitted) {
  request(999);
  EXPECT_GE(broken(), 1U);
}

TEST_F(HistoryTest, SeesADeliveryThatTheEndpointNeverTook) {
  request(3);
  history_.settled({.delivery = DeliveryId{3}, .state = DeliveryState::kDelivered}, now_);
  EXPECT_EQ(broken(), 1U);
}

TEST_F(HistoryTest, SeesADeliveryThatIsNeverSettled) {
  history_.final_state(kEndpoint, DeliveryId{3}, DeliveryState::kHeld);
  EXPECT_EQ(broken(), 1U);
}

}  // namespace
}  // namespace returnflows::sim
