#include "returnflows/store/journal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/store/store_without_returns.h"

namespace returnflows {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

// The answer to a scripted transition: its own outcome, unless the script has an error.
template <class Transition>
Result<typename Transition::Outcome> outcome_or(const std::optional<Error>& error) {
  if (error) return std::unexpected(*error);
  return typename Transition::Outcome{};
}

// A store without a database: writes down what it is told, and does as it is told to. Its gate
// holds the journal's thread at the beginning of a group, so that a test can queue up behind it.
class ScriptedStore final : public StoreWithoutReturns, public DeliveryQueue {
 public:
  using StoreWithoutReturns::apply;

  // Thread: the test's.
  void close_gate() {
    const std::scoped_lock lock(mutex_);
    gate_closed_ = true;
  }

  void open_gate() {
    const std::scoped_lock lock(mutex_);
    gate_closed_ = false;
    changed_.notify_all();
  }

  void wait_until_held() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return held_; }));
  }

  // For the next calls, until cleared. Before start(), or while the gate holds the journal.
  std::optional<Error> begin_error;
  std::optional<Error> apply_error;
  std::optional<Error> commit_error;

  // "begin", "apply", "commit", "load", in the order in which they came. Read after stop().
  std::vector<std::string> calls;

  // Transitions of each group that was committed.
  std::vector<std::size_t> group_sizes() const {
    std::vector<std::size_t> sizes;
    std::size_t size = 0;
    for (const std::string& call : calls) {
      if (call == "begin") size = 0;
      if (call == "apply") ++size;
      if (call == "commit") sizes.push_back(size);
    }
    return sizes;
  }

  Status begin(Timestamp now) override {
    last_begin = now;
    std::unique_lock lock(mutex_);
    held_ = gate_closed_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !gate_closed_; });
    held_ = false;
    calls.emplace_back("begin");
    if (begin_error) return std::unexpected(*begin_error);
    return {};
  }

  Result<AcceptEvents::Outcome> apply(AcceptEvents& t) override { return take(t); }

  Result<SettleAttempt::Outcome> apply(SettleAttempt& t) override { return take(t); }

  Result<RetryDelivery::Outcome> apply(RetryDelivery& t) override { return take(t); }

  Result<CancelDelivery::Outcome> apply(CancelDelivery& t) override { return take(t); }

  Result<CreateEndpoint::Outcome> apply(CreateEndpoint& t) override { return take(t); }

  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& t) override { return take(t); }

  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& t) override { return take(t); }

  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& t) override {
    return take(t);
  }

  Result<CreateMerchant::Outcome> apply(CreateMerchant& t) override { return take(t); }

  Result<CreateApiKey::Outcome> apply(CreateApiKey& t) override { return take(t); }

  Result<RevokeApiKey::Outcome> apply(RevokeApiKey& t) override { return take(t); }

  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys& t) override {
    return take(t);
  }

  Result<CommitReport> commit() override {
    calls.emplace_back("commit");
    if (commit_error) return std::unexpected(*commit_error);
    return CommitReport{};
  }

  Result<Loaded> load_ready(const ReadyQuestion& /*question*/) override { return note_load(); }

  Result<Loaded> load_waiting(const WaitingQuestion& /*question*/) override { return note_load(); }

  Result<std::optional<Timestamp>> next_waiting_at(EndpointId /*endpoint*/) override {
    return std::nullopt;
  }

  Result<std::vector<EndpointId>> endpoints_with_pending() override {
    return fail(ErrorCode::kNotFound, "scripted");
  }

  Timestamp last_begin{};

 private:
  template <class Transition>
  Result<typename Transition::Outcome> take(const Transition& /*transition*/) {
    calls.emplace_back("apply");
    return outcome_or<Transition>(apply_error);
  }

  Result<Loaded> note_load() {
    calls.emplace_back("load");
    return Loaded{};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool gate_closed_ = false;
  bool held_ = false;
};

// Letters wait here until the test runs them.
class WaitingMailbox final : public Mailbox {
 public:
  void deliver(std::vector<Letter> letters) override {
    const std::scoped_lock lock(mutex_);
    bundle_sizes_.push_back(letters.size());
    for (Letter& letter : letters) {
      letters_.push_back(std::move(letter));
    }
    arrived_.notify_all();
  }

  // Runs the next `count` letters as they come.
  void run(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Letter letter;
      {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(arrived_.wait_for(
            lock, std::chrono::seconds{10}, [this] { return !letters_.empty(); }));
        letter = std::move(letters_.front());
        letters_.pop_front();
      }
      letter();
    }
  }

  // Letters of each delivery so far.
  std::vector<std::size_t> bundle_sizes() {
    const std::scoped_lock lock(mutex_);
    return bundle_sizes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Letter> letters_;
  std::vector<std::size_t> bundle_sizes_;
};

class JournalTest : public testing::Test, public CommitObserver {
 protected:
  ~JournalTest() override {
    store_.open_gate();
    journal_.stop();
  }

  void on_commit(const CommitReport& /*report*/) override {
    letters_at_commit_.push_back(mailbox_.bundle_sizes().size());
  }

  // Submits a transition whose answer becomes answers()[number].
  void submit(Mailbox& mailbox) { journal_.submit(RevokeApiKey{}, mailbox, noting()); }

  void submit() { submit(mailbox_); }

  void submit_settle() {
    journal_.submit(SettleAttempt{}, mailbox_, [this](Result<DeliveryState> outcome) {
      answers_.push_back(outcome ? std::nullopt : std::optional(outcome.error().code));
    });
  }

  void submit_load() {
    journal_.load<DeliveryQueue::Loaded>(
        [](DeliveryQueue& queue) { return queue.load_ready({}); },
        mailbox_,
        [this](Result<DeliveryQueue::Loaded> outcome) {
          answers_.push_back(outcome ? std::nullopt : std::optional(outcome.error().code));
        });
  }

  // Starts the journal with one transition that its thread is busy with.
  void start_held() {
    store_.close_gate();
    journal_.start();
    submit();
    store_.wait_until_held();
  }

  // What was answered so far: nothing for success, or the error's code.
  std::vector<std::optional<ErrorCode>>& answers() { return answers_; }

  ManualClock clock_{Timestamp{std::chrono::milliseconds{1'770'429'600'000}}};
  ScriptedStore store_;
  WaitingMailbox mailbox_;
  std::vector<std::size_t> letters_at_commit_;
  std::vector<Error> fatal_errors_;  // Written by the journal's thread; read after stop().
  Journal journal_{{.transitions = store_,
                    .queue = store_,
                    .clock = clock_,
                    .observers = {this},
                    .on_fatal = [this](const Error& error) { fatal_errors_.push_back(error); }}};

 private:
  std::move_only_function<void(Result<RevokeApiKey::Outcome>)> noting() {
    return [this](Result<RevokeApiKey::Outcome> outcome) {
      answers_.push_back(outcome ? std::nullopt : std::optional(outcome.error().code));
    };
  }

  std::vector<std::optional<ErrorCode>> answers_;
};

TEST_F(JournalTest, AnswersATransitionWhenItIsCommitted) {
  journal_.start();
  submit();
  mailbox_.run(1);
  EXPECT_THAT(answers(), ElementsAre(std::nullopt));
  journal_.stop();
  EXPECT_THAT(store_.calls, ElementsAre("begin", "apply", "commit"));
}

TEST_F(JournalTest, GivesAGroupTheTimeOfTheClock) {
  journal_.start();
  submit();
  mailbox_.run(1);
  journal_.stop();
  EXPECT_EQ(store_.last_begin, clock_.now());
}

TEST_F(JournalTest, CommitsAllThatCameInMeanwhileAsOneGroup) {
  start_held();
  for (int i = 0; i < 5; ++i) {
    submit();
  }
  store_.open_gate();
  mailbox_.run(6);
  journal_.stop();
  EXPECT_THAT(store_.group_sizes(), ElementsAre(1, 5));
  EXPECT_EQ(journal_.statistics().groups, 2U);
  EXPECT_EQ(journal_.statistics().transitions, 6U);
}

TEST_F(JournalTest, CommitsNoMoreThanItsBoundInOneGroup) {
  start_held();
  for (std::size_t i = 0; i < limits::kGroupTransitionsMax + 1; ++i) {
    submit();
  }
  store_.open_gate();
  mailbox_.run(limits::kGroupTransitionsMax + 2);
  journal_.stop();
  EXPECT_THAT(store_.group_sizes(), ElementsAre(1, limits::kGroupTransitionsMax, 1));
}

TEST_F(JournalTest, RunsARoundOnTheCallersThread) {
  EXPECT_FALSE(journal_.run_once());
  submit();
  submit_load();
  submit();
  EXPECT_TRUE(journal_.run_once());
  EXPECT_THAT(store_.calls, ElementsAre("begin", "apply", "apply", "commit", "load"));
  EXPECT_FALSE(journal_.run_once());
  mailbox_.run(3);
  EXPECT_THAT(answers(), ElementsAre(std::nullopt, std::nullopt, std::nullopt));
}

TEST_F(JournalTest, AnswersInTheOrderOfSubmission) {
  start_held();
  std::vector<int> order;
  for (int i = 0; i < 50; ++i) {
    journal_.submit(RevokeApiKey{}, mailbox_, [&order, i](const auto&) { order.push_back(i); });
  }
  store_.open_gate();
  mailbox_.run(51);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(order.size(), 50U);
}

TEST_F(JournalTest, DeliversOnceForEachMailboxAndCommit) {
  WaitingMailbox other;
  start_held();
  submit();
  submit(other);
  submit();
  submit(other);
  submit(other);
  store_.open_gate();
  mailbox_.run(3);
  other.run(3);
  EXPECT_THAT(mailbox_.bundle_sizes(), ElementsAre(1, 2));
  EXPECT_THAT(other.bundle_sizes(), ElementsAre(3));
}

TEST_F(JournalTest, TellsObserversOfACommitBeforeAnySubmitter) {
  journal_.start();
  submit();
  mailbox_.run(1);
  journal_.stop();
  EXPECT_THAT(letters_at_commit_, ElementsAre(0));
}

TEST_F(JournalTest, AnswersTheErrorOfOneTransitionAndGoesOn) {
  store_.apply_error = Error{.code = ErrorCode::kConflict, .detail = "scripted"};
  journal_.start();
  submit();
  mailbox_.run(1);
  EXPECT_THAT(answers(), ElementsAre(ErrorCode::kConflict));
  journal_.stop();
  EXPECT_THAT(store_.calls, ElementsAre("begin", "apply", "commit"));
  EXPECT_TRUE(journal_.healthy());
  EXPECT_THAT(fatal_errors_, IsEmpty());
}

TEST_F(JournalTest, RunsLoadsAfterTheCommitsThatCameInWithThem) {
  start_held();
  submit_load();
  submit();
  submit_load();
  store_.open_gate();
  mailbox_.run(4);
  journal_.stop();
  EXPECT_THAT(store_.calls,
              ElementsAre("begin", "apply", "commit", "begin", "apply", "commit", "load", "load"));
}

TEST_F(JournalTest, RunsALoadWithoutAnythingToCommit) {
  journal_.start();
  submit_load();
  mailbox_.run(1);
  EXPECT_THAT(answers(), ElementsAre(std::nullopt));
  journal_.stop();
  EXPECT_THAT(store_.calls, ElementsAre("load"));
}

TEST_F(JournalTest, AnswersTheErrorOfALoad) {
  journal_.start();
  std::optional<ErrorCode> code;
  journal_.load<std::vector<EndpointId>>(
      [](DeliveryQueue& queue) { return queue.endpoints_with_pending(); },
      mailbox_,
      [&code](const auto& outcome) { code = outcome.error().code; });
  mailbox_.run(1);
  EXPECT_EQ(code, ErrorCode::kNotFound);
}

TEST_F(JournalTest, RefusesAtOnceWhenTooManyTransitionsWait) {
  start_held();
  for (std::size_t i = 0; i < limits::kJournalQueueMax; ++i) {
    submit();
  }
  EXPECT_EQ(journal_.statistics().queued, limits::kJournalQueueMax);
  submit();
  mailbox_.run(1);
  EXPECT_THAT(answers(), ElementsAre(ErrorCode::kOverloaded));
  EXPECT_EQ(journal_.statistics().refused, 1U);
}

TEST_F(JournalTest, RefusesAtOnceWhenTooManyBytesWait) {
  start_held();
  AcceptEvents large;
  large.items.resize(1);
  large.items[0].event.data_json.resize(limits::kJournalQueueBytesMax);
  journal_.submit(std::move(large), mailbox_, [](const auto&) {});
  submit();
  mailbox_.run(1);
  EXPECT_THAT(answers(), ElementsAre(ErrorCode::kOverloaded));
}

TEST_F(JournalTest, TakesTransitionsAgainWhenTheQueueHasBeenEmptied) {
  start_held();
  for (std::size_t i = 0; i < limits::kJournalQueueMax; ++i) {
    submit();
  }
  store_.open_gate();
  mailbox_.run(limits::kJournalQueueMax + 1);
  submit();
  mailbox_.run(1);
  EXPECT_THAT(answers(), Each(std::optional<ErrorCode>()));
}

TEST_F(JournalTest, NeverRefusesTheOutcomeOfAnAttemptNorALoad) {
  start_held();
  for (std::size_t i = 0; i < limits::kJournalQueueMax; ++i) {
    submit();
  }
  submit_settle();
  submit_load();
  store_.open_gate();
  mailbox_.run(limits::kJournalQueueMax + 3);
  EXPECT_THAT(answers(), Each(std::optional<ErrorCode>()));
  EXPECT_EQ(journal_.statistics().refused, 0U);
}

// What ends the store, whichever call it comes from.
struct Failing {
  const char* name;
  std::optional<Error> ScriptedStore::* error;
  ErrorCode code;
};

class FailingJournalTest : public JournalTest, public testing::WithParamInterface<Failing> {
 protected:
  void fail_from_now_on() {
    store_.*GetParam().error = Error{.code = GetParam().code, .detail = "scripted"};
  }
};

TEST_P(FailingJournalTest, FailsTheWholeGroup) {
  start_held();
  submit();
  submit();
  fail_from_now_on();
  store_.open_gate();
  mailbox_.run(3);
  EXPECT_THAT(answers(), Each(std::optional(ErrorCode::kUnavailable)));
}

TEST_P(FailingJournalTest, FailsAllThatComesLaterEvenIfTheDiskWouldTakeIt) {
  fail_from_now_on();
  journal_.start();
  submit();
  mailbox_.run(1);
  EXPECT_FALSE(journal_.healthy());
  submit();
  submit_settle();
  submit_load();
  mailbox_.run(3);
  EXPECT_THAT(answers(), Each(std::optional(ErrorCode::kUnavailable)));
}

TEST_P(FailingJournalTest, FailsLoadsThatCameInWithTheGroup) {
  start_held();
  submit_load();
  fail_from_now_on();
  store_.open_gate();
  mailbox_.run(2);
  EXPECT_THAT(answers(), Each(std::optional(ErrorCode::kUnavailable)));
  journal_.stop();
  EXPECT_THAT(store_.calls, testing::Not(testing::Contains("load")));
}

TEST_P(FailingJournalTest, SaysSoOnceWithTheErrorItself) {
  start_held();
  for (std::size_t i = 0; i < limits::kGroupTransitionsMax + 1; ++i) {
    submit();
  }
  fail_from_now_on();
  store_.open_gate();
  mailbox_.run(limits::kGroupTransitionsMax + 2);
  journal_.stop();
  ASSERT_EQ(fatal_errors_.size(), 1U);
  EXPECT_EQ(fatal_errors_[0].code, GetParam().code);
  EXPECT_EQ(fatal_errors_[0].detail, "scripted");
}

TEST_P(FailingJournalTest, TellsNoObserver) {
  fail_from_now_on();
  journal_.start();
  submit();
  mailbox_.run(1);
  journal_.stop();
  EXPECT_THAT(letters_at_commit_, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Failures,
    FailingJournalTest,
    testing::Values(Failing{"Begin", &ScriptedStore::begin_error, ErrorCode::kUnavailable},
                    Failing{"Apply", &ScriptedStore::apply_error, ErrorCode::kUnavailable},
                    Failing{"Damage", &ScriptedStore::apply_error, ErrorCode::kCorruption},
                    Failing{"Commit", &ScriptedStore::commit_error, ErrorCode::kUnavailable}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(JournalTest, CommitsWhatWasSubmittedBeforeItStops) {
  start_held();
  submit();
  submit_load();
  store_.open_gate();
  journal_.stop();
  mailbox_.run(3);
  EXPECT_THAT(answers(), Each(std::optional<ErrorCode>()));
  EXPECT_THAT(store_.group_sizes(), ElementsAre(1, 1));
}

TEST_F(JournalTest, RefusesWhatIsSubmittedAfterItStopped) {
  journal_.start();
  journal_.stop();
  submit();
  submit_settle();
  submit_load();
  mailbox_.run(3);
  EXPECT_THAT(answers(), Each(std::optional(ErrorCode::kCancelled)));
}

TEST_F(JournalTest, StopsTwiceAndBeforeItStarted) {
  journal_.stop();
  journal_.stop();
  EXPECT_TRUE(journal_.healthy());
}

}  // namespace
}  // namespace returnflows
