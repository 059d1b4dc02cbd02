#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

namespace returnflows {

// Wall time in UTC with the resolution that the API shows.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

// Makes `first` the sooner of what it is and `at`; an absent one is later than any.
inline void take_sooner(std::optional<Timestamp>& first, Timestamp at) {
  first = std::min(first.value_or(at), at);
}

// Where all code but this file gets the time from. Implementations may be called from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  // The time by which timers, retries and records go. The test clock moves it.
  virtual Timestamp now() const = 0;

  // The time of the world outside, never moved: receivers compare `webhook-timestamp` with it.
  virtual Timestamp real_now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  Timestamp real_now() const override;
};

// The machine's clock plus an offset that only grows: `serve --test-clock`, and tests that need
// real sockets but not real waiting.
class TestClock final : public Clock {
 public:
  Timestamp now() const override;
  Timestamp real_now() const override;

  // Moves now() forward to `target`; an earlier target changes nothing.
  void advance_to(Timestamp target);

 private:
  std::atomic<std::chrono::milliseconds> offset_{std::chrono::milliseconds{0}};
};

// Time that stands still until it is told otherwise: for unit tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}

  Timestamp now() const override { return now_.load(); }

  Timestamp real_now() const override { return now_.load(); }

  void advance(std::chrono::milliseconds step) { now_.store(now_.load() + step); }

 private:
  std::atomic<Timestamp> now_;
};

// Monotonic time for durations and socket deadlines; not affected by any Clock.
using Monotonic = std::chrono::steady_clock::time_point;
Monotonic monotonic_now();

}  // namespace returnflows
