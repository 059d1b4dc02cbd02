#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include "returnflows/base/clock.h"
#include "returnflows/base/mailbox.h"

namespace returnflows::sim {

// Simulated time and what is to happen in it. Runs one thing after the other, each at its time;
// things of the same time in the order in which they were planned. Thread: one.
class World {
 public:
  using Happening = Mailbox::Letter;

  explicit World(Timestamp start) : clock_(start) {}

  ManualClock& clock() { return clock_; }

  Timestamp now() const { return clock_.now(); }

  void at(Timestamp time, Happening happening) {
    const Timestamp when = std::max(time, now());
    plan_.emplace(std::pair{when, ++planned_}, std::move(happening));
  }

  void after(std::chrono::milliseconds delay, Happening happening) {
    at(now() + delay, std::move(happening));
  }

  // Runs the next happening, after moving the clock to it. False when it lies after `until`.
  bool step(Timestamp until) {
    if (plan_.empty() || plan_.begin()->first.first > until) return false;
    auto next = plan_.extract(plan_.begin());
    clock_.advance(next.key().first - now());
    next.mapped()();
    return true;
  }

 private:
  ManualClock clock_;
  std::uint64_t planned_ = 0;
  std::map<std::pair<Timestamp, std::uint64_t>, Happening> plan_;
};

}  // namespace returnflows::sim
