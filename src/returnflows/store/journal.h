#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/mailbox.h"
#include "returnflows/base/result.h"
#include "returnflows/store/store.h"
#include "returnflows/store/transition.h"

namespace returnflows {

// Told of every commit, on the journal's thread, before any submitter gets its answer. Must be
// quick: it hands the report on to its own threads.
class CommitObserver {
 public:
  CommitObserver() = default;
  CommitObserver(const CommitObserver&) = delete;
  CommitObserver& operator=(const CommitObserver&) = delete;
  virtual ~CommitObserver() = default;

  virtual void on_commit(const CommitReport& report) = 0;
};

// The one writer. Turns transitions into group commits: it commits as soon as the disk is free,
// alone at low load, in large groups at high load, and answers each submitter only when its
// transition is durable. When the disk fails, nothing more is accepted: every waiting and later
// submission gets kUnavailable and `on_fatal` is called once, on the journal's thread.
//
// Answers arrive through the submitter's Mailbox, one delivery per mailbox and commit. Commit
// reports, answers and loads reach one mailbox in the order in which they happened.
//
// Thread: any, but start() and stop().
class Journal {
 public:
  using FatalHandler = std::function<void(const Error&)>;

  struct Parts {
    TransitionStore& transitions;
    DeliveryQueue& queue;
    const Clock& clock;
    std::vector<CommitObserver*> observers;
    FatalHandler on_fatal;
  };

  explicit Journal(Parts parts);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Adds one who is told of commits; before start().
  void add_observer(CommitObserver& observer) { parts_.observers.push_back(&observer); }

  void start();

  // One round of the journal's thread, on the caller's: commits all that is queued by now, answers
  // it, and runs the loads. False when there was nothing. For those who have no thread to give, as
  // tests in simulated time; never beside start().
  bool run_once();

  // Commits what has been submitted, then ends the thread. Later submissions get kCancelled.
  void stop();

  // Adds `transition` to the next group. `done` runs on `reply_to` with its outcome.
  // Errors, through `done`: those of TransitionStore::apply; kOverloaded when the queue is full
  // (limits::kJournalQueueMax, kJournalQueueBytesMax), at once and with nothing written;
  // kUnavailable when the disk has failed; kCancelled after stop().
  // SettleAttempt is never refused for a full queue: it is what empties lanes.
  template <class Transition>
  void submit(Transition transition,
              Mailbox& reply_to,
              std::move_only_function<void(Result<typename Transition::Outcome>)> done);

  // Runs `read` on the journal's thread between two groups and hands its result to `done` on
  // `reply_to`: see DeliveryQueue.
  template <class Answer>
  void load(std::move_only_function<Result<Answer>(DeliveryQueue&)> read,
            Mailbox& reply_to,
            std::move_only_function<void(Result<Answer>)> done);

  struct Statistics {
    std::size_t queued = 0;
    std::uint64_t groups = 0;
    std::uint64_t transitions = 0;
    std::uint64_t refused = 0;  // For a full queue.
  };

  Statistics statistics() const;

  // False once the disk has failed.
  bool healthy() const;

 private:
  // One submission, whatever its type: applied, then answered.
  struct Entry {
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    virtual ~Entry() = default;
    virtual bool is_load() const = 0;
    virtual std::size_t bytes() const = 0;
    // Success, or the error that ends the store. Errors of the transition itself are its outcome.
    virtual Status run(const Parts& parts) = 0;
    virtual void fail_with(const Error& error) = 0;
    virtual Mailbox::Letter letter() = 0;
    Mailbox* reply_to = nullptr;
  };
  template <class Transition>
  struct TransitionEntry;
  template <class Answer>
  struct LoadEntry;
  using Batch = std::vector<std::unique_ptr<Entry>>;

  void enqueue(std::unique_ptr<Entry> entry, bool may_refuse);
  void run_thread();
  void run_group(std::span<std::unique_ptr<Entry>> group);
  void run_loads(std::span<std::unique_ptr<Entry>> loads);
  Status commit_group(std::span<std::unique_ptr<Entry>> group);
  void answer(std::span<std::unique_ptr<Entry>> group);
  void fail(const Error& error, std::span<std::unique_ptr<Entry>> group);

  Parts parts_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Batch queue_;  // Transitions, in order. Guarded by mutex_, as all below.
  Batch loads_;
  std::size_t queue_bytes_ = 0;
  bool stopping_ = false;
  std::optional<Error> failure_;
  Statistics statistics_;
  std::thread thread_;
};

// --- Implementation of the templates ---

namespace journal_detail {

// What a transition weighs in the queue: its own size, and the bytes it carries.
template <class Transition>
std::size_t weight(const Transition& transition) {
  std::size_t bytes = sizeof(Transition);
  if constexpr (requires { transition.items; }) {
    for (const auto& item : transition.items) {
      bytes += item.event.data_json.size() + sizeof item;
    }
  }
  if constexpr (requires { transition.attempt; }) {
    bytes += transition.attempt.answer_body.size() + transition.attempt.answer_headers.size();
  }
  return bytes;
}

inline bool ends_the_store(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kCorruption;
}

}  // namespace journal_detail

template <class Transition>
struct Journal::TransitionEntry final : Journal::Entry {
  using Answer = Result<typename Transition::Outcome>;

  Transition transition;
  std::move_only_function<void(Answer)> done;
  std::optional<Answer> answer;

  bool is_load() const override { return false; }

  std::size_t bytes() const override { return journal_detail::weight(transition); }

  Status run(const Parts& parts) override {
    answer.emplace(parts.transitions.apply(transition));
    if (!*answer && journal_detail::ends_the_store(answer->error().code)) {
      return std::unexpected(answer->error());
    }
    return {};
  }

  void fail_with(const Error& error) override { answer.emplace(std::unexpected(error)); }

  Mailbox::Letter letter() override {
    return [done = std::move(done), answer = std::move(*answer)]() mutable {
      done(std::move(answer));
    };
  }
};

template <class Answer>
struct Journal::LoadEntry final : Journal::Entry {
  std::move_only_function<Result<Answer>(DeliveryQueue&)> read;
  std::move_only_function<void(Result<Answer>)> done;
  std::optional<Result<Answer>> answer;

  bool is_load() const override { return true; }

  std::size_t bytes() const override { return sizeof *this; }

  Status run(const Parts& parts) override {
    answer.emplace(read(parts.queue));
    return {};
  }

  void fail_with(const Error& error) override { answer.emplace(std::unexpected(error)); }

  Mailbox::Letter letter() override {
    return [done = std::move(done), answer = std::move(*answer)]() mutable {
      done(std::move(answer));
    };
  }
};

template <class Transition>
void Journal::submit(Transition transition,
                     Mailbox& reply_to,
                     std::move_only_function<void(Result<typename Transition::Outcome>)> done) {
  auto entry = std::make_unique<TransitionEntry<Transition>>();
  entry->transition = std::move(transition);
  entry->done = std::move(done);
  entry->reply_to = &reply_to;
  enqueue(std::move(entry), !std::is_same_v<Transition, SettleAttempt>);
}

template <class Answer>
void Journal::load(std::move_only_function<Result<Answer>(DeliveryQueue&)> read,
                   Mailbox& reply_to,
                   std::move_only_function<void(Result<Answer>)> done) {
  auto entry = std::make_unique<LoadEntry<Answer>>();
  entry->read = std::move(read);
  entry->done = std::move(done);
  entry->reply_to = &reply_to;
  enqueue(std::move(entry), false);
}

}  // namespace returnflows
