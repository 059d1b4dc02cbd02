#include "tests/sim/promise_checker.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/delivery/breaker.h"

namespace returnflows::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr EndpointId kEndpoint{7};
constexpr Timestamp kStart{seconds{1'767'225'600}};

// Tells the checker short histories of one endpoint, good and bad.
class PromiseCheckerTest : public testing::Test {
 protected:
  PromiseCheckerTest() {
    endpoint_.id = kEndpoint;
    endpoint_.url = "https://erp.example/hook";
    commit_endpoint();
  }

  void commit_endpoint() {
    checker_.endpoint_committed(
        {.id = kEndpoint, .endpoint = std::make_shared<const Endpoint>(endpoint_)});
    checker_.told();
  }

  void create(std::int64_t id, std::int64_t return_number, bool ordered = true) {
    checker_.created(
        {.id = {id}, .endpoint = kEndpoint, .return_number = return_number, .ordered = ordered});
  }

  // A thousand deliveries of as many returns, from 1 on.
  void create_many() {
    for (std::int64_t id = 1; id <= 1'000; ++id) {
      create(id, id);
    }
  }

  void start(std::int64_t id, int number = 1) { checker_.started({id}, number, now_); }

  void end(std::int64_t id, const Verdict& verdict) {
    if (verdict.delivered) checker_.arrived({id});
    checker_.ended({id}, verdict, now_);
  }

  void record(std::int64_t id, DeliveryState state, int number = 1) {
    SettleAttempt settled{.delivery = {id}, .attempt = {}, .sentence = {}, .next_state = state};
    settled.attempt.number = number;
    settled.attempt.started_at = now_;
    checker_.recorded(settled, state);
  }

  void deliver(std::int64_t id, int number = 1) {
    start(id, number);
    end(id, kDelivered);
    record(id, DeliveryState::kDelivered, number);
  }

  void fail_once(std::int64_t id, int number = 1) {
    start(id, number);
    end(id, kFailed);
    record(id, DeliveryState::kWaiting, number);
  }

  void expect_kept() { EXPECT_THAT(checker_.breaches(), IsEmpty()); }

  void expect_breach(const std::string& words) {
    EXPECT_THAT(checker_.breaches(), ElementsAre(HasSubstr(words)));
  }

  const Verdict kDelivered{.delivered = true};
  const Verdict kFailed{};

  PromiseChecker checker_;
  Endpoint endpoint_;
  Timestamp now_ = kStart;
};

TEST_F(PromiseCheckerTest, FindsNothingWrongWithAGoodHistory) {
  create(1, 100);
  create(2, 100);
  create(3, 200);
  fail_once(1);
  deliver(3);
  now_ += seconds{10};
  deliver(1, 2);
  deliver(2);
  checker_.finished();
  expect_kept();
  EXPECT_EQ(checker_.pending(), 0U);
}

TEST_F(PromiseCheckerTest, SeesWhatIsNeverSettled) {
  create(1, 100);
  checker_.finished();
  expect_breach("never settled");
}

TEST_F(PromiseCheckerTest, SeesADeliveryThatItsReceiverNeverGot) {
  create(1, 100);
  start(1);
  checker_.ended({1}, kDelivered, now_);
  record(1, DeliveryState::kDelivered);
  expect_breach("never took it");
}

TEST_F(PromiseCheckerTest, SeesALaterEventOvertakeAnOlderOne) {
  create(1, 100);
  create(2, 100);
  start(2);
  expect_breach("before delivery 1");
}

TEST_F(PromiseCheckerTest, SeesALaterEventOvertakeAFailingOne) {
  create(1, 100);
  create(2, 100);
  fail_once(1);
  start(2);
  expect_breach("before delivery 1");
}

TEST_F(PromiseCheckerTest, LetsEventsOfOneReturnGoTogetherWhereNoOrderIsAsked) {
  create(1, 100, false);
  create(2, 100, false);
  start(2);
  start(1);
  expect_kept();
}

TEST_F(PromiseCheckerTest, LetsAReopenedOneTakeItsTurnLater) {
  create(1, 100);
  deliver(1);
  create(2, 100);
  checker_.retried({1});
  start(2);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesAReopenedOneGoBesideALaterOne) {
  create(1, 100);
  deliver(1);
  create(2, 100);
  checker_.retried({1});
  start(2);
  start(1, 2);
  expect_breach("beside delivery 2");
}

TEST_F(PromiseCheckerTest, SeesAnAttemptAfterSettlement) {
  create(1, 100);
  deliver(1);
  start(1, 2);
  expect_breach("after it was settled");
}

TEST_F(PromiseCheckerTest, SeesAnAttemptOfWhatIsForgotten) {
  create(1, 100);
  deliver(1);
  checker_.forgotten({1});
  start(1, 2);
  expect_breach("nothing is owed");
}

TEST_F(PromiseCheckerTest, LetsPeopleRetryWhatWasSettled) {
  create(1, 100);
  deliver(1);
  checker_.retried({1});
  deliver(1, 2);
  expect_kept();
}

TEST_F(PromiseCheckerTest, HoldsACancelAgainstTheLaneOnlyOnceItWasTold) {
  create(1, 100);
  create(2, 200);
  checker_.canceled({1});
  checker_.canceled({2});
  start(1);
  expect_kept();
  checker_.told();
  start(2);
  expect_breach("after it was settled");
}

TEST_F(PromiseCheckerTest, SeesTwoAttemptsOfOneDeliveryAtOnce) {
  create(1, 100);
  start(1);
  start(1);
  expect_breach("under way");
}

TEST_F(PromiseCheckerTest, ExpectsWhatWasUnderWayAgainAfterACrash) {
  create(1, 100);
  start(1);
  checker_.process_ended();
  deliver(1);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesANumberLeftOut) {
  create(1, 100);
  start(1, 2);
  expect_breach("attempt 2 sent after attempt 0");
}

TEST_F(PromiseCheckerTest, SeesANumberRecordedTwice) {
  create(1, 100);
  fail_once(1);
  record(1, DeliveryState::kWaiting, 1);
  expect_breach("attempt 1 recorded after attempt 1");
}

TEST_F(PromiseCheckerTest, SeesARetryBeforeItsTime) {
  create(1, 100);
  fail_once(1);
  now_ += milliseconds{3'999};  // The first delay is 5 s, with 20 % jitter.
  start(1, 2);
  expect_breach("before its retry schedule");
}

TEST_F(PromiseCheckerTest, LetsARetryGoAtTheShortEndOfTheJitter) {
  create(1, 100);
  fail_once(1);
  now_ += seconds{4};
  start(1, 2);
  expect_kept();
}

TEST_F(PromiseCheckerTest, LetsPeopleRetryBeforeTheSchedule) {
  create(1, 100);
  fail_once(1);
  checker_.retried({1});
  start(1, 2);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesADeliveryGivenUpTooEarly) {
  create(1, 100);
  start(1);
  end(1, kFailed);
  record(1, DeliveryState::kExhausted);
  expect_breach("given up after 1 of 13");
}

TEST_F(PromiseCheckerTest, LetsADeliveryBeGivenUpWhenItsScheduleHasRunOut) {
  endpoint_.retry_delays = {};
  commit_endpoint();
  create(1, 100);
  start(1);
  end(1, kFailed);
  record(1, DeliveryState::kExhausted);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesMoreUnderWayThanTheCapAllows) {
  create_many();
  for (std::size_t i = 1; i <= limits::kInFlightPerEndpointMax; ++i) {
    start(static_cast<std::int64_t>(i));
  }
  expect_kept();
  start(999);
  expect_breach("beyond the cap");
}

TEST_F(PromiseCheckerTest, SeesAnAttemptDuringRetryAfter) {
  create_many();
  start(1);
  end(1, Verdict{.hold_endpoint = seconds{60}});
  now_ += seconds{59};
  start(2);
  expect_breach("Retry-After");
}

TEST_F(PromiseCheckerTest, LetsAnAttemptGoAfterRetryAfter) {
  create_many();
  start(1);
  end(1, Verdict{.hold_endpoint = seconds{60}});
  now_ += seconds{60};
  start(2);
  expect_kept();
}

class OpenBreakerTest : public PromiseCheckerTest {
 protected:
  OpenBreakerTest() {
    create_many();
    for (std::int64_t id = 1; id <= Breaker::kFailuresToOpen; ++id) {
      start(id);
      end(id, kFailed);
    }
  }
};

TEST_F(OpenBreakerTest, SeesAProbeTooEarly) {
  start(100);
  expect_breach("before its time");
}

TEST_F(OpenBreakerTest, LetsOneProbeGo) {
  now_ += seconds{4};
  start(100);
  expect_kept();
}

TEST_F(OpenBreakerTest, SeesASecondProbe) {
  now_ += seconds{4};
  start(100);
  start(101);
  expect_breach("a second probe");
}

TEST_F(OpenBreakerTest, ExpectsTheNextProbeLater) {
  now_ += seconds{4};
  start(100);
  end(100, kFailed);
  now_ += seconds{23};  // The second delay is 30 s.
  start(101);
  expect_breach("before its time");
}

TEST_F(OpenBreakerTest, LetsManyGoAfterAGoodProbe) {
  now_ += seconds{4};
  start(100);
  end(100, kDelivered);
  start(101);
  start(102);
  expect_kept();
}

TEST_F(OpenBreakerTest, ForgetsFailuresWhenTheEndpointMoves) {
  endpoint_.url = "https://erp.example/other";
  commit_endpoint();
  start(100);
  start(101);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesAnAttemptWhilePaused) {
  create(1, 100);
  endpoint_.state = EndpointState::kPaused;
  commit_endpoint();
  start(1);
  expect_breach("not active");
}

TEST_F(PromiseCheckerTest, SeesAnAttemptAfterTheEndpointAnswered410) {
  create_many();
  start(1);
  end(1, {.disable_endpoint = true});
  start(2);
  expect_breach("answered 410");
}

TEST_F(PromiseCheckerTest, LetsAnAttemptGoAfter410WhenTheEndpointHasMoved) {
  create_many();
  start(1);
  end(1, {.disable_endpoint = true});
  endpoint_.url = "https://erp.example/moved";
  commit_endpoint();
  start(2);
  expect_kept();
}

// The crash may have come before it was written that the endpoint wants no more.
TEST_F(PromiseCheckerTest, LetsAnAttemptGoAfter410AndACrash) {
  create_many();
  start(1);
  end(1, {.disable_endpoint = true});
  checker_.process_ended();
  start(2);
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesAnAttemptAfterDeletion) {
  create(1, 100);
  checker_.endpoint_committed({.id = kEndpoint, .endpoint = nullptr});
  checker_.told();
  start(1);
  expect_breach("deleted");
}

TEST_F(PromiseCheckerTest, SeesAnEndpointDisabledWithoutAReason) {
  create(1, 100);
  fail_once(1);
  endpoint_.state = EndpointState::kDisabled;
  commit_endpoint();
  expect_breach("disabled without a reason");
}

TEST_F(PromiseCheckerTest, LetsAnEndpointBeDisabledThatHasFailedForDays) {
  create(1, 100);
  create(2, 200);
  fail_once(1);
  now_ += limits::kFailingBeforeDisabled;
  fail_once(2);
  endpoint_.state = EndpointState::kDisabled;
  commit_endpoint();
  expect_kept();
}

TEST_F(PromiseCheckerTest, SeesTooManyInALane) {
  checker_.holds({.lane_entries_max = limits::kLaneWindowMax + 1});
  expect_breach("a lane holds");
}

TEST_F(PromiseCheckerTest, SeesTooManyBytes) {
  checker_.holds({.lane_entries_max = 1, .bytes = 1'001, .bytes_allowed = 1'000});
  expect_breach("lanes hold 1001 bytes");
}

}  // namespace
}  // namespace returnflows::sim
