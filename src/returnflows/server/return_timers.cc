#include "returnflows/server/return_timers.h"

#include <algorithm>
#include <future>
#include <utility>

namespace returnflows {
namespace {

// How late a timer may be noticed: far below what people can tell of hours and minutes.
constexpr std::chrono::milliseconds kTick{100};

void take_sooner(std::optional<Timestamp>& first, Timestamp at) {
  first = std::min(first.value_or(at), at);
}

}  // namespace

void ReturnTimers::start(Journal& journal) {
  started_ = true;
  parts_.shard.post([this, &journal] {
    journal_ = &journal;
    asking_ = true;
    parts_.shard.every(kTick, [this] { fire_when_due(); });
    asio::post(parts_.pool, [this] {
      const auto first = parts_.timers.next_timer();
      parts_.shard.post([this, first] {
        asking_ = false;
        // A store that cannot be read will fail the first commit too, which ends the process.
        if (first && *first) note(**first);
        fire_when_due();
        tell_when_quiet();
      });
    });
  });
}

void ReturnTimers::stop() {
  if (!std::exchange(started_, false)) return;
  std::promise<void> stopped;
  parts_.shard.post([this, &stopped] {
    stopped_ = true;
    stopped.set_value();
  });
  stopped.get_future().wait();
}

void ReturnTimers::on_commit(const CommitReport& report) {
  if (!report.first_timer) return;
  parts_.shard.post([this, at = *report.first_timer] {
    note(at);
    fire_when_due();
  });
}

// While timers are fired, the answer about what is left may be older than a timer that was set
// later in the same commit: both count.
void ReturnTimers::note(Timestamp at) {
  take_sooner(next_, at);
  if (firing_) take_sooner(noted_while_firing_, at);
}

void ReturnTimers::fire_when_due() {
  if (firing_ || stopped_ || journal_ == nullptr || !is_due()) return;
  firing_ = true;
  journal_->submit(FireTimers{}, parts_.shard, [this](const Result<FireTimers::Outcome>& outcome) {
    fired(outcome);
  });
}

void ReturnTimers::fired(const Result<FireTimers::Outcome>& outcome) {
  firing_ = false;
  const auto noted = std::exchange(noted_while_firing_, std::nullopt);
  if (outcome) {
    next_ = outcome->next_due;
    if (noted) take_sooner(next_, *noted);
    fire_when_due();
  }
  // Refused for a full queue: the next tick tries again.
  tell_when_quiet();
}

void ReturnTimers::tell_when_quiet() {
  if (firing_ || asking_ || is_due()) return;
  for (Waiter& waiter : std::exchange(waiters_, {})) {
    std::vector<Mailbox::Letter> letters;
    letters.push_back(std::move(waiter.done));
    waiter.reply_to->deliver(std::move(letters));
  }
}

void ReturnTimers::next_due(Mailbox& reply_to,
                            std::move_only_function<void(std::optional<Timestamp>)> done) {
  parts_.shard.post([this, &reply_to, done = std::move(done)]() mutable {
    std::vector<Mailbox::Letter> letters;
    letters.push_back([done = std::move(done), next = next_]() mutable { done(next); });
    reply_to.deliver(std::move(letters));
  });
}

void ReturnTimers::kick() {
  parts_.shard.post([this] { fire_when_due(); });
}

void ReturnTimers::settled_quiet(Mailbox& reply_to, Mailbox::Letter done) {
  parts_.shard.post([this, &reply_to, done = std::move(done)]() mutable {
    waiters_.push_back({.reply_to = &reply_to, .done = std::move(done)});
    tell_when_quiet();
  });
}

}  // namespace returnflows
