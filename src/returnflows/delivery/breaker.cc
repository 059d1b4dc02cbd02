#include "returnflows/delivery/breaker.h"

#include <algorithm>

#include "returnflows/base/check.h"

namespace returnflows {

Breaker::Breaker(std::size_t in_flight_max)
    : in_flight_max_(in_flight_max), window_(in_flight_max) {
  RF_CHECK(in_flight_max >= 1);
}

std::size_t Breaker::allowed_in_flight(Timestamp now) const {
  if (sends_again_at(now)) return 0;
  return open() ? 1 : window_;
}

std::optional<Timestamp> Breaker::next_probe_at() const {
  if (!open()) return std::nullopt;
  return hold_until_ ? std::max(probe_at_, *hold_until_) : probe_at_;
}

std::optional<Timestamp> Breaker::sends_again_at(Timestamp now) const {
  const auto at = open() ? next_probe_at() : hold_until_;
  return at && now < *at ? at : std::nullopt;
}

void Breaker::record(const Verdict& verdict, const EndedAttempt& attempt) {
  if (verdict.hold_endpoint) hold(attempt.ended_at + *verdict.hold_endpoint);
  if (verdict.overloaded) slow_down(attempt);
  if (verdict.delivered) {
    record_success();
  } else {
    record_failure(attempt);
  }
}

void Breaker::hold(Timestamp until) {
  hold_until_ = hold_until_ ? std::max(*hold_until_, until) : until;
}

void Breaker::reset() {
  *this = Breaker{in_flight_max_};
}

void Breaker::record_success() {
  failures_in_row_ = 0;
  switch (state_) {
    case State::kOpen:
      state_ = State::kSlowStart;
      window_ = 1;
      break;
    case State::kSlowStart:
      window_ = std::min(window_ * 2, in_flight_max_);
      break;
    case State::kClosed:
      // One more for each window that went well, as TCP does: what caused the overload may last.
      if (window_ < in_flight_max_ && ++successes_ >= window_) {
        ++window_;
        successes_ = 0;
      }
      return;
  }
  if (window_ == in_flight_max_) state_ = State::kClosed;
}

void Breaker::record_failure(const EndedAttempt& attempt) {
  ++failures_in_row_;
  switch (state_) {
    case State::kClosed:
      if (failures_in_row_ >= kFailuresToOpen) open_at(attempt);
      break;
    case State::kSlowStart:
      if (failures_in_row_ >= kFailuresToReopen) open_at(attempt);
      break;
    case State::kOpen:
      // An attempt from before the probe's time is a straggler: it says nothing new.
      if (attempt.started_at >= probe_at_) plan_probe(attempt);
      break;
  }
}

void Breaker::slow_down(const EndedAttempt& attempt) {
  // Requests that were under way together overload together; they count once.
  if (slowed_at_ && attempt.started_at < *slowed_at_) return;
  slowed_at_ = attempt.ended_at;
  window_ = std::max<std::size_t>(window_ / 2, 1);
  successes_ = 0;
}

void Breaker::open_at(const EndedAttempt& attempt) {
  state_ = State::kOpen;
  probes_ = 0;
  plan_probe(attempt);
}

void Breaker::plan_probe(const EndedAttempt& attempt) {
  std::chrono::seconds delay = kProbeDelayWithoutSchedule;
  if (!attempt.delays.empty()) delay = attempt.delays[std::min(probes_, attempt.delays.size() - 1)];
  probe_at_ = attempt.ended_at + with_jitter(delay, attempt.unit);
  ++probes_;
}

}  // namespace returnflows
