#include "returnflows/store/journal.h"

#include <algorithm>
#include <map>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/thread_name.h"

namespace returnflows {

Journal::Journal(Parts parts) : parts_(std::move(parts)) {}

Journal::~Journal() {
  stop();
}

void Journal::start() {
  RF_CHECK(!thread_.joinable());
  thread_ = std::thread([this] {
    name_this_thread("journal");
    run_thread();
  });
}

void Journal::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Journal::Statistics Journal::statistics() const {
  const std::scoped_lock lock(mutex_);
  Statistics statistics = statistics_;
  statistics.queued = queue_.size();
  return statistics;
}

bool Journal::healthy() const {
  const std::scoped_lock lock(mutex_);
  return !failure_.has_value();
}

void Journal::enqueue(std::unique_ptr<Entry> entry, bool may_refuse) {
  std::optional<Error> refusal;
  bool was_empty = false;
  {
    const std::scoped_lock lock(mutex_);
    if (failure_) {
      refusal = failure_;
    } else if (stopping_) {
      refusal = Error{.code = ErrorCode::kCancelled,
                      .detail = "the server is stopping; send the request again"};
    } else if (may_refuse && (queue_.size() >= limits::kJournalQueueMax ||
                              queue_bytes_ >= limits::kJournalQueueBytesMax)) {
      ++statistics_.refused;
      refusal = Error{.code = ErrorCode::kOverloaded,
                      .detail = "more is arriving than the disk can take; try again in a second"};
    } else {
      was_empty = queue_.empty() && loads_.empty();
      if (entry->is_load()) {
        loads_.push_back(std::move(entry));
      } else {
        queue_bytes_ += entry->bytes();
        queue_.push_back(std::move(entry));
      }
    }
  }
  if (!refusal) {
    if (was_empty) wake_.notify_one();
    return;
  }
  entry->fail_with(*refusal);
  std::vector<Mailbox::Letter> letters;
  letters.push_back(entry->letter());
  entry->reply_to->deliver(std::move(letters));
}

void Journal::run_thread() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty() || !loads_.empty() || stopping_; });
      if (queue_.empty() && loads_.empty()) return;
    }
    run_once();
  }
}

// Takes all that has come in since the last commit: the group grows by itself with the load.
// Loads run after the commits, so that they see them and never lie inside a transaction.
bool Journal::run_once() {
  Batch batch;
  Batch loads;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.empty() && loads_.empty()) return false;
    batch.swap(queue_);
    loads.swap(loads_);
    queue_bytes_ = 0;
  }
  const std::span<std::unique_ptr<Entry>> all(batch);
  for (std::size_t from = 0; from < all.size(); from += limits::kGroupTransitionsMax) {
    run_group(all.subspan(from, std::min(limits::kGroupTransitionsMax, all.size() - from)));
  }
  run_loads(loads);
  return true;
}

void Journal::run_group(std::span<std::unique_ptr<Entry>> group) {
  if (!healthy()) {
    fail(*failure_, group);
    return;
  }
  if (const Status committed = commit_group(group); !committed) {
    fail(committed.error(), group);
    return;
  }
  answer(group);
}

void Journal::run_loads(std::span<std::unique_ptr<Entry>> loads) {
  for (const auto& entry : loads) {
    if (healthy()) {
      static_cast<void>(entry->run(parts_));  // A load's errors are its answer.
    } else {
      entry->fail_with(*failure_);
    }
  }
  answer(loads);
}

Status Journal::commit_group(std::span<std::unique_ptr<Entry>> group) {
  RF_TRY_STATUS(parts_.transitions.begin(parts_.clock.now()));
  for (const auto& entry : group) {
    RF_TRY_STATUS(entry->run(parts_));
  }
  RF_TRY(const CommitReport report, parts_.transitions.commit());
  {
    const std::scoped_lock lock(mutex_);
    ++statistics_.groups;
    statistics_.transitions += group.size();
  }
  for (CommitObserver* observer : parts_.observers) {
    observer->on_commit(report);
  }
  return {};
}

void Journal::answer(std::span<std::unique_ptr<Entry>> group) {
  std::map<Mailbox*, std::vector<Mailbox::Letter>> letters;
  for (const auto& entry : group) {
    letters[entry->reply_to].push_back(entry->letter());
  }
  for (auto& [mailbox, bundle] : letters) {
    mailbox->deliver(std::move(bundle));
  }
}

void Journal::fail(const Error& error, std::span<std::unique_ptr<Entry>> group) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = !failure_.has_value();
    if (first) {
      failure_ = error;
      failure_->code = ErrorCode::kUnavailable;
    }
  }
  for (const auto& entry : group) {
    entry->fail_with(*failure_);
  }
  answer(group);
  if (first && parts_.on_fatal) parts_.on_fatal(error);
}

}  // namespace returnflows
