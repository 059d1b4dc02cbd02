#pragma once

#include <functional>
#include <optional>

#include "returnflows/base/clock.h"
#include "returnflows/dispatch/activity.h"
#include "returnflows/runtime/due_source.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// Fires the timers of returns when they are due. All it knows in memory is when the next one is:
// the timers themselves rest in the store, and what a fired one does is decided and written there.
//
// Thread: on_commit() on the journal's, all else on any; what it keeps lives on one shard.
class ReturnTimers final : public CommitObserver, public DueSource {
 public:
  struct Parts {
    Shard& shard;
    TimerBook& timers;
    const Clock& clock;
    BlockingPool& pool;  // For asking the store.
  };

  explicit ReturnTimers(Parts parts) : parts_(parts) {}

  // Asks the store for the first timer. The journal and the shard must be running.
  void start(Journal& journal);

  // Submits nothing more to the journal once it has returned. Blocks. May be called twice, and
  // without start().
  void stop();

  void on_commit(const CommitReport& report) override;

  void next_due(Mailbox& reply_to,
                std::move_only_function<void(std::optional<Timestamp>)> done) override;
  void kick() override;
  void settled_quiet(Mailbox& reply_to, Mailbox::Letter done) override;

 private:
  bool is_due() const { return next_ && *next_ <= parts_.clock.now(); }

  void note(Timestamp at);
  void tick();
  void fire_when_due();
  void submit();
  void fired(const Result<FireTimers::Outcome>& outcome);

  Parts parts_;
  Activity activity_;     // The question at the start, and what is being fired.
  bool started_ = false;  // Of the owner's thread.
  // All on the shard's thread.
  Journal* journal_ = nullptr;
  std::optional<Timestamp> next_;
  std::optional<Timestamp> noted_while_firing_;
  bool firing_ = false;
  bool refused_ = false;  // For a full queue, while firing: the next tick tries again.
  bool stopped_ = false;
};

}  // namespace returnflows
