#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "returnflows/base/clock.h"
#include "returnflows/delivery/verdict.h"

namespace returnflows {

// An attempt that has ended, as the breaker needs to know it.
struct EndedAttempt {
  // Results of attempts that were under way when the breaker changed its mind tell about the time
  // before, so they are told apart by this.
  Timestamp started_at{};
  Timestamp ended_at{};
  std::span<const std::chrono::seconds> delays = {};  // The endpoint's retry schedule.
  double unit = 0.5;                                  // In [0, 1): where in the jitter.
};

// How much one endpoint is given at a time, from how it has answered so far. Pure: time comes in
// with each call.
//
// - Closed: up to `in_flight_max` requests under way. An overloaded answer halves that, at most
//   once for the requests that were under way together; each round of good answers adds one.
// - Open, after kFailuresToOpen failures in a row: one probe at a time, at the pace of the retry
//   schedule (its last delay again and again when it has run out).
// - Slow start, after a probe was delivered: one request, doubling with each success; closed when
//   the cap is reached, open again after kFailuresToReopen failures in a row.
// - On top of all: nothing while a Retry-After holds.
//
// Thread: one at a time. Source: design §7.
class Breaker {
 public:
  // Ten: a single bad event, retried, must not stop an endpoint that takes all others.
  static constexpr int kFailuresToOpen = 10;
  // Fewer than above, because the endpoint has just been down; more than one, because the first
  // delivery after a probe may be one that the receiver will never take.
  static constexpr int kFailuresToReopen = 3;
  // The pace of probes for an endpoint whose own schedule is empty.
  static constexpr std::chrono::seconds kProbeDelayWithoutSchedule{60};

  // `in_flight_max` is at least 1.
  explicit Breaker(std::size_t in_flight_max);

  // How many requests may be under way at `now`, those that are already included. While open it
  // is 1 from the time of the probe on, so a caller that has one under way starts no other.
  std::size_t allowed_in_flight(Timestamp now) const;

  // When the next probe may start; nullopt unless open.
  std::optional<Timestamp> next_probe_at() const;

  // When allowed_in_flight() stops being 0; nullopt when it is not 0 at `now`. For the timer that
  // wakes the lane.
  std::optional<Timestamp> sends_again_at(Timestamp now) const;

  // Takes in the verdict on an attempt, with its Retry-After.
  void record(const Verdict& verdict, const EndedAttempt& attempt);

  // Sends nothing before `until`; an earlier hold never shortens a later one.
  void hold(Timestamp until);

  // Forgets all failures and holds: a person has resumed the endpoint or changed its URL.
  void reset();

  bool open() const { return state_ == State::kOpen; }

 private:
  enum class State : std::uint8_t {
    kClosed,     // In: slow start reached the cap. Out: failures in a row.
    kOpen,       // In: failures in a row. Out: any delivered attempt.
    kSlowStart,  // In: a delivered attempt while open. Out: to kClosed, or back to kOpen.
  };

  void record_success();
  void record_failure(const EndedAttempt& attempt);
  void slow_down(const EndedAttempt& attempt);
  void open_at(const EndedAttempt& attempt);
  void plan_probe(const EndedAttempt& attempt);

  std::size_t in_flight_max_;
  State state_ = State::kClosed;
  std::size_t window_;         // Requests under way, when neither open nor held.
  std::size_t successes_ = 0;  // Since the window last grew; only while closed.
  int failures_in_row_ = 0;
  std::size_t probes_ = 0;  // Probes planned since the breaker opened.
  Timestamp probe_at_{};
  std::optional<Timestamp> slowed_at_;
  std::optional<Timestamp> hold_until_;
};

}  // namespace returnflows
