#include "returnflows/dispatch/lane.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/dispatch/memory_store.h"

namespace returnflows {
namespace {

using std::chrono::seconds;

constexpr EndpointId kEndpoint{7};

// The lane's thread is the test's own: letters wait here until it runs them.
class TestMailbox final : public Mailbox {
 public:
  void deliver(std::vector<Letter> letters) override {
    const std::scoped_lock lock(mutex_);
    for (Letter& letter : letters) {
      letters_.push_back(std::move(letter));
    }
    arrived_.notify_one();
  }

  // Runs letters as they come until `done` holds; false after ten seconds without.
  bool run_until(const std::function<bool()>& done) {
    const auto give_up = monotonic_now() + seconds{10};
    while (!done()) {
      Letter letter;
      {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_until(lock, give_up, [this] { return !letters_.empty(); })) return false;
        letter = std::move(letters_.front());
        letters_.pop_front();
      }
      letter();
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Letter> letters_;
};

// Remembers what it was asked to send; the test answers.
class ScriptedSender final : public RequestSender {
 public:
  explicit ScriptedSender(SendListener& listener) : listener_(listener) {}

  void point_at(std::shared_ptr<const EndpointUrl> destination) override {
    destinations.push_back(destination->host_header + destination->target);
  }

  void send(OutgoingRequest request) override { under_way.push_back(std::move(request)); }

  void abort() override {
    for (const OutgoingRequest& request : std::exchange(under_way, {})) {
      listener_.request_abandoned(request.delivery);
    }
  }

  void close_idle() override {}

  void sweep(Monotonic) override {}

  bool is_quiet() const override { return under_way.empty(); }

  void answer_oldest(Attempt attempt) {
    OutgoingRequest request = std::move(under_way.front());
    under_way.erase(under_way.begin());
    sent.push_back(request.delivery.value);
    attempt.number = request.attempt_number;
    attempt.started_at = request.started_at;
    listener_.request_finished(request.delivery, std::move(attempt), std::move(request.bytes));
  }

  std::vector<OutgoingRequest> under_way;
  std::vector<std::int64_t> sent;  // Answered, in that order.
  std::vector<std::string> destinations;

 private:
  SendListener& listener_;
};

Attempt answered(int status, std::string retry_after = {}) {
  Attempt attempt;
  attempt.status = status;
  attempt.retry_after = std::move(retry_after);
  return attempt;
}

class LaneTest : public testing::Test, public CommitObserver, public LaneHost {
 protected:
  LaneTest() { store_.put_endpoint(endpoint()); }

  ~LaneTest() override {
    if (lane_) lane_->abort();
    journal_.stop();
  }

  void open_lane() {
    journal_.start();
    lane_ = std::make_unique<Lane>(kEndpoint, parts_, [this](SendListener& listener) {
      auto sender = std::make_unique<ScriptedSender>(listener);
      sender_ = sender.get();
      return sender;
    });
  }

  Endpoint endpoint() {
    Endpoint made;
    made.id = kEndpoint;
    made.url = "http://127.0.0.1:8080/hook";
    made.secret = secrets_.seal(Secret("a secret of mine"), kEndpoint);
    return made;
  }

  // --- What the lane's shard would do ---

  void on_commit(const CommitReport& report) override {
    std::vector<Mailbox::Letter> letters;
    letters.push_back([this, report] {
      for (const EndpointChange& change : report.endpoints) {
        lane_->endpoint_changed(change.endpoint);
      }
      for (const DueDelivery& due : report.due) {
        lane_->arrive(due);
      }
      for (const DeliveryId id : report.canceled) {
        lane_->cancel(id);
      }
      lane_->pump();
    });
    mailbox_.deliver(std::move(letters));
  }

  bool claim_slot(bool) override { return slots_ > 0 && slots_-- > 0; }

  void release_slot() override { ++slots_; }

  void wake_at(EndpointId, Timestamp at) override { alarms_.push_back(at); }

  void wake_when_free(EndpointId) override { ++waits_for_slot_; }

  // Moves the clock to `target` and fires the alarms that are due.
  void advance_to(Timestamp target) {
    clock_.advance(target - clock_.now());
    const auto due = std::erase_if(alarms_, [&](Timestamp at) { return at <= target; });
    for (std::size_t i = 0; i < due; ++i) {
      lane_->alarm();
    }
  }

  // --- What producers and people do ---

  template <class Transition>
  void commit(Transition transition) {
    using Answer = Result<typename Transition::Outcome>;
    bool answered_now = false;
    journal_.submit(std::move(transition), mailbox_, [&](const Answer& answer) {
      EXPECT_TRUE(answer) << answer.error().detail;
      answered_now = true;
    });
    ASSERT_TRUE(mailbox_.run_until([&] { return answered_now; }));
  }

  void accept(const std::vector<std::string>& return_ids) {
    AcceptEvents accept;
    for (const std::string& return_id : return_ids) {
      AcceptEvents::Item item;
      item.event.return_id = return_id;
      item.event.data_json = R"({"return":{}})";
      accept.items.push_back(std::move(item));
    }
    commit(std::move(accept));
  }

  void accept_many(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back("r" + std::to_string(next_return_++));
    }
    accept(ids);
  }

  void change_endpoint(const std::function<void(Endpoint&)>& change) {
    Endpoint next = *store_.find(kEndpoint);
    change(next);
    ++next.version;
    commit(UpdateEndpoint{.endpoint = std::move(next)});
  }

  bool run_until(const std::function<bool()>& done) { return mailbox_.run_until(done); }

  // Answers the oldest request and waits until its outcome is durable.
  void answer(Attempt attempt) {
    ASSERT_FALSE(sender_->under_way.empty());
    const DeliveryId id = sender_->under_way.front().delivery;
    const std::size_t before = store_.row(id).attempts.size();
    sender_->answer_oldest(std::move(attempt));
    ASSERT_TRUE(run_until([&] { return store_.row(id).attempts.size() > before; }));
    settle_quiet();
  }

  void settle_quiet() {
    bool quiet = false;
    // Requests under way count as activity; so the journal is asked instead.
    journal_.load<bool>([](DeliveryQueue&) -> Result<bool> { return true; },
                        mailbox_,
                        [&](const Result<bool>&) { quiet = true; });
    ASSERT_TRUE(run_until([&] { return quiet; }));
  }

  // Answers 200 to all until all rows are delivered.
  void deliver_everything(std::size_t count) {
    ASSERT_TRUE(run_until([&] {
      while (!sender_->under_way.empty()) {
        sender_->answer_oldest(answered(200));
      }
      // The store is asked only at the end: it counts by looking at every row.
      return sender_->sent.size() >= count && store_.count(DeliveryState::kDelivered) == count;
    }));
  }

  ManualClock clock_{Timestamp{std::chrono::hours{500'000}}};
  SeededRandom random_{42};
  IdCodec ids_{{1, 2}};
  SecretBox secrets_{{}, random_};
  EgressPolicy egress_{.allow = {*IpRange::parse("127.0.0.0/8")}};
  Metrics metrics_;
  ByteBudget budget_;
  Activity activity_;
  TestMailbox mailbox_;
  MemoryStore store_;
  Journal journal_{{.transitions = store_,
                    .queue = store_,
                    .clock = clock_,
                    .observers = {this},
                    .on_fatal = {}}};
  Lane::Parts parts_{.journal = journal_,
                     .shard = mailbox_,
                     .host = *this,
                     .catalog = store_,
                     .ids = ids_,
                     .secrets = secrets_,
                     .clock = clock_,
                     .random = random_,
                     .egress = egress_,
                     .metrics = metrics_,
                     .budget = budget_,
                     .activity = activity_,
                     .user_agent = "Returnflows/test"};
  ScriptedSender* sender_ = nullptr;
  std::unique_ptr<Lane> lane_;
  std::size_t slots_ = 1'000'000;
  int waits_for_slot_ = 0;
  std::vector<Timestamp> alarms_;
  int next_return_ = 0;
};

TEST_F(LaneTest, SendsWhatWasCommittedAndRecordsTheOutcome) {
  open_lane();
  accept({"r1"});
  ASSERT_EQ(sender_->under_way.size(), 1U);
  const std::string bytes = sender_->under_way[0].bytes;
  EXPECT_TRUE(bytes.starts_with("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n{\"return\":{}}"));
  EXPECT_NE(bytes.find("X-Returnflows-Attempt: 1\r\n"), std::string::npos);
  answer(answered(200));
  const MemoryStore::Row row = store_.row({1});
  EXPECT_EQ(row.state, DeliveryState::kDelivered);
  EXPECT_EQ(row.attempts[0].number, 1);
  EXPECT_EQ(lane_->window().size(), 0U);
  EXPECT_EQ(lane_->next_due(), std::nullopt);
}

TEST_F(LaneTest, SendsTheNextEventOfAReturnOnlyAfterTheOneBefore) {
  open_lane();
  accept({"r1", "r1", "r2"});
  ASSERT_EQ(sender_->under_way.size(), 2U);
  EXPECT_EQ(sender_->under_way[0].delivery, DeliveryId{1});
  EXPECT_EQ(sender_->under_way[1].delivery, DeliveryId{3});
  answer(answered(500));
  EXPECT_EQ(sender_->under_way.size(), 1U) << "2 waits for 1, which failed";
  answer(answered(200));
  advance_to(clock_.now() + seconds{10});
  ASSERT_EQ(sender_->under_way.size(), 1U);
  answer(answered(200));
  ASSERT_EQ(sender_->under_way.size(), 1U);
  EXPECT_EQ(sender_->under_way[0].delivery, DeliveryId{2});
}

TEST_F(LaneTest, TriesAgainByTheScheduleAndCountsAttempts) {
  open_lane();
  accept({"r1"});
  const Timestamp start = clock_.now();
  answer(answered(500));
  EXPECT_TRUE(sender_->under_way.empty());
  ASSERT_TRUE(lane_->next_due());
  EXPECT_GE(*lane_->next_due(), start + seconds{4});
  EXPECT_LE(*lane_->next_due(), start + seconds{6});
  advance_to(start + seconds{6});
  ASSERT_EQ(sender_->under_way.size(), 1U);
  EXPECT_EQ(sender_->under_way[0].attempt_number, 2);
  answer(answered(200));
  EXPECT_EQ(store_.row({1}).state, DeliveryState::kDelivered);
}

TEST_F(LaneTest, IsExhaustedWhenTheScheduleHasRunOut) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.retry_delays = {seconds{1}};
    return made;
  }());
  open_lane();
  accept({"r1"});
  answer(answered(500));
  advance_to(clock_.now() + seconds{2});
  answer(answered(404));
  EXPECT_EQ(store_.row({1}).state, DeliveryState::kExhausted);
  EXPECT_EQ(store_.row({1}).attempts.size(), 2U);
  EXPECT_EQ(lane_->window().size(), 0U);
}

TEST_F(LaneTest, StartsTheScheduleAnewAfterAManualRetry) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.retry_delays = {seconds{1}};
    return made;
  }());
  open_lane();
  accept({"r1"});
  answer(answered(500));
  advance_to(clock_.now() + seconds{2});
  answer(answered(500));
  ASSERT_EQ(store_.row({1}).state, DeliveryState::kExhausted);
  commit(RetryDelivery{.merchant = {}, .delivery = {1}});
  ASSERT_EQ(sender_->under_way.size(), 1U);
  EXPECT_EQ(sender_->under_way[0].attempt_number, 3);
  answer(answered(500));
  EXPECT_EQ(store_.row({1}).state, DeliveryState::kWaiting) << "its first of the new schedule";
}

TEST_F(LaneTest, HasNoMoreUnderWayThanTheEndpointBears) {
  open_lane();
  accept_many(200);
  EXPECT_EQ(sender_->under_way.size(), limits::kInFlightPerEndpointMax);
  answer(answered(200));
  EXPECT_EQ(sender_->under_way.size(), limits::kInFlightPerEndpointMax);
  deliver_everything(200);
}

TEST_F(LaneTest, WaitsForASlotOfTheProcess) {
  slots_ = 2;
  open_lane();
  accept_many(5);
  EXPECT_EQ(sender_->under_way.size(), 2U);
  EXPECT_GT(waits_for_slot_, 0);
  deliver_everything(5);
  EXPECT_EQ(slots_, 2U);
}

TEST_F(LaneTest, SendsNothingWhilePausedAndAllAfterwards) {
  open_lane();
  accept_many(70);
  change_endpoint([](Endpoint& next) { next.state = EndpointState::kPaused; });
  EXPECT_EQ(lane_->window().queued(), 0U) << "memory is for those who are sent to";
  accept_many(5);
  EXPECT_EQ(sender_->under_way.size(), 64U);
  while (!sender_->under_way.empty()) {
    answer(answered(200));
  }
  EXPECT_EQ(store_.count(DeliveryState::kReady), 11U);
  EXPECT_EQ(lane_->next_due(), std::nullopt);
  change_endpoint([](Endpoint& next) { next.state = EndpointState::kActive; });
  deliver_everything(75);
  EXPECT_TRUE(std::ranges::is_sorted(sender_->sent));
  EXPECT_TRUE(std::ranges::all_of(
      store_.rows(), [](const MemoryStore::Row& row) { return row.attempts.size() == 1; }));
}

TEST_F(LaneTest, UsesTheNewUrlFromTheNextAttemptOn) {
  open_lane();
  accept({"r1"});
  change_endpoint([](Endpoint& next) { next.url = "http://127.0.0.1:9090/new"; });
  answer(answered(200));
  accept({"r2"});
  EXPECT_EQ(sender_->destinations,
            (std::vector<std::string>{"127.0.0.1:8080/hook", "127.0.0.1:9090/new"}));
}

TEST_F(LaneTest, SignsWithBothSecretsWhileOneIsBeingRotated) {
  open_lane();
  change_endpoint([&](Endpoint& next) {
    next.previous_secret =
        std::exchange(next.secret, secrets_.seal(Secret("another secret"), kEndpoint));
    next.previous_secret_until = clock_.now() + seconds{100};
  });
  accept({"r1"});
  EXPECT_NE(sender_->under_way[0].bytes.find("X-Returnflows-Signature-Previous: sha256="),
            std::string::npos);
  advance_to(clock_.now() + seconds{101});
  accept({"r2"});
  EXPECT_EQ(sender_->under_way[1].bytes.find("X-Returnflows-Signature-Previous"),
            std::string::npos);
}

TEST_F(LaneTest, RetryAfterHoldsTheWholeEndpoint) {
  open_lane();
  accept({"r1"});
  const Timestamp start = clock_.now();
  answer(answered(503, "120"));
  accept({"r2"});
  EXPECT_TRUE(sender_->under_way.empty());
  EXPECT_EQ(lane_->next_due(), start + seconds{120});
  advance_to(start + seconds{119});
  EXPECT_TRUE(sender_->under_way.empty());
  advance_to(start + seconds{120});
  EXPECT_FALSE(sender_->under_way.empty());
}

TEST_F(LaneTest, A410DisablesTheEndpointWithAReason) {
  open_lane();
  accept_many(1);
  answer(answered(410));
  ASSERT_TRUE(run_until([&] { return store_.find(kEndpoint)->state == EndpointState::kDisabled; }));
  EXPECT_NE(store_.find(kEndpoint)->disabled_reason.find("410"), std::string::npos);
  accept_many(1);
  EXPECT_TRUE(sender_->under_way.empty());
  EXPECT_EQ(store_.count(DeliveryState::kReady), 1U) << "events go on being recorded";
}

TEST_F(LaneTest, DisablesAnEndpointThatHasFailedForFiveDaysAndSendsAgainAfterResume) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.retry_delays.assign(20, std::chrono::hours{10});
    return made;
  }());
  open_lane();
  const Timestamp start = clock_.now();
  accept({"r1"});
  const auto disabled = [this] {
    return store_.find(kEndpoint)->state == EndpointState::kDisabled;
  };
  const auto waits_for_time = [this] {
    const auto due = lane_->next_due();
    return due && *due > clock_.now();
  };
  for (int step = 0; step < 200 && !disabled(); ++step) {
    ASSERT_TRUE(run_until([&] {
      return disabled() || waits_for_time() || !sender_->under_way.empty();
    })) << "step "
        << step;
    if (!sender_->under_way.empty()) {
      answer(answered(500));
    } else if (waits_for_time()) {
      advance_to(*lane_->next_due());
    }
  }
  EXPECT_GE(clock_.now(), start + std::chrono::days{5});
  const std::string reason = store_.find(kEndpoint)->disabled_reason;
  EXPECT_NE(reason.find("no attempt has succeeded since"), std::string::npos) << reason;
  EXPECT_TRUE(sender_->under_way.empty());
  EXPECT_EQ(store_.row({1}).state, DeliveryState::kWaiting) << "it stays recorded";
  change_endpoint([](Endpoint& changed) { changed.state = EndpointState::kActive; });
  commit(RetryDelivery{.merchant = {}, .delivery = {1}});
  ASSERT_TRUE(run_until([this] { return !sender_->under_way.empty(); }));
  answer(answered(500));
  EXPECT_EQ(store_.find(kEndpoint)->state, EndpointState::kActive) << "the five days begin anew";
}

TEST_F(LaneTest, ARestartDoesNotForgetSinceWhenAnEndpointHasFailed) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.failing_since = clock_.now() - std::chrono::days{5};
    return made;
  }());
  open_lane();
  accept_many(1);
  answer(answered(500));
  EXPECT_TRUE(run_until([&] { return store_.find(kEndpoint)->state == EndpointState::kDisabled; }));
}

TEST_F(LaneTest, HasTheStoreRememberAStreakAndForgetItAtTheNextSuccess) {
  open_lane();
  const Timestamp start = clock_.now();
  accept({"r1"});
  answer(answered(500));
  EXPECT_EQ(store_.find(kEndpoint)->failing_since, std::nullopt);
  advance_to(start + limits::kFailingBeforeRemembered);
  answer(answered(500));
  EXPECT_EQ(store_.find(kEndpoint)->failing_since, start);
  ASSERT_TRUE(lane_->next_due());
  advance_to(*lane_->next_due());
  answer(answered(200));
  EXPECT_EQ(store_.find(kEndpoint)->failing_since, std::nullopt);
}

TEST_F(LaneTest, DisablesEvenWhenSomebodyChangedTheEndpointMeanwhile) {
  store_.refuse_updates(2);
  open_lane();
  accept_many(1);
  answer(answered(410));
  EXPECT_TRUE(run_until([&] { return store_.find(kEndpoint)->state == EndpointState::kDisabled; }));
}

TEST_F(LaneTest, OnlyProbesAnEndpointThatKeepsFailingAndRecovers) {
  open_lane();
  accept_many(100);
  while (!sender_->under_way.empty()) {
    answer(answered(500));
  }
  EXPECT_LE(lane_->window().queued(), limits::kLaneShareMin);
  const std::size_t attempts = sender_->sent.size();
  EXPECT_EQ(attempts, limits::kInFlightPerEndpointMax + 9)
      << "the tenth failure in a row ends it; what was under way then comes home";
  for (int probe = 0; probe < 3; ++probe) {
    ASSERT_TRUE(lane_->next_due());
    advance_to(*lane_->next_due());
    ASSERT_EQ(sender_->under_way.size(), 1U);
    answer(answered(500));
  }
  advance_to(*lane_->next_due());
  ASSERT_TRUE(run_until([&] {
    while (!sender_->under_way.empty()) {
      sender_->answer_oldest(answered(200));
    }
    if (const auto due = lane_->next_due(); due && *due > clock_.now()) advance_to(*due);
    return store_.count(DeliveryState::kDelivered) == 100;
  }));
}

TEST_F(LaneTest, GoesOnFromTheStoreAfterARestart) {
  for (int i = 0; i < 10; ++i) {
    store_.put_delivery(kEndpoint, DeliveryState::kReady, clock_.now());
  }
  const DeliveryId soon =
      store_.put_delivery(kEndpoint, DeliveryState::kWaiting, clock_.now() + seconds{30});
  const DeliveryId late =
      store_.put_delivery(kEndpoint, DeliveryState::kWaiting, clock_.now() + std::chrono::hours{5});
  open_lane();
  lane_->begin_in_store();
  lane_->pump();
  deliver_everything(10);
  while (store_.row(late).state != DeliveryState::kDelivered) {
    settle_quiet();
    const auto due = lane_->next_due();
    ASSERT_TRUE(due);
    advance_to(*due);
    settle_quiet();
    while (!sender_->under_way.empty()) {
      answer(answered(200));
    }
  }
  EXPECT_EQ(store_.row(soon).state, DeliveryState::kDelivered);
  EXPECT_GE(store_.row(late).attempts[0].started_at, store_.row(late).due.due_at);
  // The time may be too early, never too late: the store has the last word.
  const auto look_again = lane_->next_due();
  ASSERT_TRUE(look_again);
  advance_to(*look_again);
  settle_quiet();
  EXPECT_EQ(lane_->next_due(), std::nullopt);
}

TEST_F(LaneTest, DeliversABacklogOverTheWindowInOrderAndOnce) {
  open_lane();
  const std::size_t count = limits::kLaneWindowMax * 3;
  for (std::size_t i = 0; i < count / 64; ++i) {
    accept_many(64);
  }
  EXPECT_TRUE(lane_->window().is_ready_behind());
  EXPECT_LE(lane_->window().size(), limits::kLaneWindowMax);
  deliver_everything(count);
  EXPECT_GT(store_.ready_loads(), 1U);
  EXPECT_EQ(sender_->sent.size(), count);
  EXPECT_TRUE(std::ranges::is_sorted(sender_->sent));
}

TEST_F(LaneTest, DoesNotSendWhatWasCanceledBeforeItsTurn) {
  slots_ = 1;
  open_lane();
  accept({"r1", "r2"});
  commit(CancelDelivery{.merchant = {}, .delivery = {2}});
  answer(answered(200));
  EXPECT_TRUE(sender_->under_way.empty());
  EXPECT_EQ(store_.row({2}).state, DeliveryState::kCanceled);
}

TEST_F(LaneTest, CancelsWhatADeletedEndpointIsOwed) {
  open_lane();
  accept_many(3000);
  commit(DeleteEndpoint{.merchant = {}, .endpoint = kEndpoint});
  ASSERT_TRUE(run_until([&] { return store_.count(DeliveryState::kReady) == 0; }));
  EXPECT_FALSE(lane_->is_finished()) << "64 are still under way";
  while (!sender_->under_way.empty()) {
    answer(answered(200));
  }
  EXPECT_TRUE(run_until([&] { return lane_->is_finished(); }));
}

TEST_F(LaneTest, AnAttemptThatIsCutOffByStoppingIsNotSettled) {
  open_lane();
  accept({"r1"});
  lane_->stop();
  accept({"r2"});
  EXPECT_EQ(sender_->under_way.size(), 1U);
  lane_->abort();
  settle_quiet();
  EXPECT_EQ(lane_->in_flight(), 0U);
  EXPECT_EQ(store_.count(DeliveryState::kReady), 2U);
  EXPECT_TRUE(store_.row({1}).attempts.empty());
}

TEST_F(LaneTest, AUrlThatTodaysPolicyRefusesFailsTheAttemptInWords) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.url = "http://10.0.0.1/hook";
    return made;
  }());
  open_lane();
  accept({"r1"});
  ASSERT_TRUE(run_until([&] { return !store_.row({1}).attempts.empty(); }));
  EXPECT_EQ(store_.row({1}).attempts[0].result, AttemptResult::kBadUrl);
  EXPECT_FALSE(store_.row({1}).attempts[0].error_detail.empty());
  EXPECT_TRUE(sender_->under_way.empty());
}

TEST_F(LaneTest, ASecretThatCannotBeOpenedCostsNoAttempt) {
  store_.put_endpoint([&] {
    Endpoint made = endpoint();
    made.secret.bytes = "not sealed by this key";
    return made;
  }());
  open_lane();
  accept({"r1"});
  settle_quiet();
  EXPECT_TRUE(store_.row({1}).attempts.empty());
  EXPECT_GT(*lane_->next_due(), clock_.now());
  change_endpoint([&](Endpoint& next) { next.secret = endpoint().secret; });
  EXPECT_EQ(sender_->under_way.size(), 1U);
}

}  // namespace
}  // namespace returnflows
