#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"

namespace returnflows::sim {

// Simulated time: what is to happen, in order, and the clock that jumps from one thing to the next.
// Things of the same instant happen in the order in which they were planned, so that a run repeats
// exactly. Thread: one.
class Timeline {
 public:
  using Happening = std::function<void()>;

  explicit Timeline(Timestamp start) : clock_(start) {}

  const Clock& clock() const { return clock_; }

  Timestamp now() const { return clock_.now(); }

  // Plans `happening` for `at`, or for now when that has passed.
  void plan(Timestamp at, Happening happening) {
    planned_.push_back(
        {.at = std::max(at, now()), .number = ++last_number_, .run = std::move(happening)});
    std::ranges::push_heap(planned_, comes_later);
  }

  void plan_in(std::chrono::milliseconds delay, Happening happening) {
    plan(now() + delay, std::move(happening));
  }

  // Moves the clock to the next happening and runs it; false when nothing is planned.
  bool step() {
    if (planned_.empty()) return false;
    std::ranges::pop_heap(planned_, comes_later);
    const Planned next = std::move(planned_.back());
    planned_.pop_back();
    clock_.advance(next.at - clock_.now());
    next.run();
    return true;
  }

 private:
  struct Planned {
    Timestamp at{};
    std::uint64_t number = 0;
    Happening run;
  };

  static bool comes_later(const Planned& one, const Planned& other) {
    return std::pair(one.at, one.number) > std::pair(other.at, other.number);
  }

  ManualClock clock_;
  std::uint64_t last_number_ = 0;
  std::vector<Planned> planned_;  // A heap, the next one first.
};

}  // namespace returnflows::sim
