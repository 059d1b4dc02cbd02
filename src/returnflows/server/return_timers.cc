#include "returnflows/server/return_timers.h"

#include <future>
#include <utility>

namespace returnflows {
namespace {

// How late a timer may be noticed: far below what people can tell of hours and minutes.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

void ReturnTimers::start(Journal& journal) {
  started_ = true;
  activity_.begin();
  parts_.shard.post([this, &journal] {
    journal_ = &journal;
    parts_.shard.every(kTick, [this] { tick(); });
    asio::post(parts_.pool, [this] {
      const auto first = parts_.timers.next_timer();
      parts_.shard.post([this, first] {
        // A store that cannot be read will fail the first commit too, which ends the process.
        if (first && *first) note(**first);
        fire_when_due();
        activity_.end();
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

void ReturnTimers::tick() {
  if (std::exchange(refused_, false)) submit();
  fire_when_due();
}

void ReturnTimers::fire_when_due() {
  if (firing_ || stopped_ || journal_ == nullptr || !is_due()) return;
  firing_ = true;
  activity_.begin();
  submit();
}

void ReturnTimers::submit() {
  if (stopped_) return;
  journal_->submit(FireTimers{}, parts_.shard, [this](const Result<FireTimers::Outcome>& outcome) {
    fired(outcome);
  });
}

void ReturnTimers::fired(const Result<FireTimers::Outcome>& outcome) {
  refused_ = !outcome;
  if (refused_) return;
  firing_ = false;
  next_ = outcome->next_due;
  if (const auto noted = std::exchange(noted_while_firing_, std::nullopt)) {
    take_sooner(next_, *noted);
  }
  fire_when_due();  // Before the end of this one, so that nobody takes the moment between for
                    // quiet.
  activity_.end();
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

// Asked behind what kick() has posted to the shard.
void ReturnTimers::settled_quiet(Mailbox& reply_to, Mailbox::Letter done) {
  parts_.shard.post([this, &reply_to, done = std::move(done)]() mutable {
    activity_.when_quiet(reply_to, std::move(done));
  });
}

}  // namespace returnflows
