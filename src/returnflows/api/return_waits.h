#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "returnflows/base/guarded.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// Lets a request wait until a return changes: a close is answered when its payouts are.
// Thread: on_commit() on the journal's, the rest on the shards'. It outlives the journal's thread.
class ReturnWaits final : public CommitObserver {
 public:
  // One who waits, from its making on: a change between making it and waiting is not missed.
  class Wait {
   public:
    Wait(ReturnWaits& waits, Shard& shard, ReturnId id);
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait();

    // Returns when the return has changed since the last call, or after `patience`.
    // Runs on: the shard.
    Task<void> changed(std::chrono::milliseconds patience);

   private:
    friend class ReturnWaits;
    struct State;

    ReturnWaits& waits_;
    ReturnId id_;
    std::shared_ptr<State> state_;
  };

  void on_commit(const CommitReport& report) override;

 private:
  using Waiting = std::map<ReturnId, std::vector<std::shared_ptr<Wait::State>>>;

  Guarded<Waiting> waiting_;
};

}  // namespace returnflows
