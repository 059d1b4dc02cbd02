#pragma once

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

#include "returnflows/base/guarded.h"
#include "returnflows/base/mailbox.h"

namespace returnflows {

// Counts what the engine has begun and not yet finished, over all shards: attempts until their
// outcome is durable, loads, changes to endpoints. Thread: any.
class Activity {
 public:
  void begin() { count_.fetch_add(1); }

  void end() {
    if (count_.fetch_sub(1) == 1) tell();
  }

  // Posts `then` to `reply_to` as soon as nothing is under way (now, when that is so).
  void when_quiet(Mailbox& reply_to, Mailbox::Letter then) {
    waiters_.with([&](auto& waiters) { waiters.push_back({&reply_to, std::move(then)}); });
    if (count_.load() == 0) tell();
  }

 private:
  struct Waiter {
    Mailbox* reply_to;
    Mailbox::Letter then;
  };

  void tell() {
    for (Waiter& waiter : waiters_.with([](auto& all) { return std::exchange(all, {}); })) {
      std::vector<Mailbox::Letter> letters;
      letters.push_back(std::move(waiter.then));
      waiter.reply_to->deliver(std::move(letters));
    }
  }

  std::atomic<std::size_t> count_{0};
  Guarded<std::vector<Waiter>> waiters_;
};

}  // namespace returnflows
