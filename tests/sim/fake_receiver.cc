#include "tests/sim/fake_receiver.h"

#include <string>

namespace returnflows::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

FakeReceiver::Answer answered(int status, milliseconds after) {
  FakeReceiver::Answer answer{.attempt = {}, .after = after};
  answer.attempt.status = status;
  return answer;
}

FakeReceiver::Answer without_answer(AttemptResult result, milliseconds after) {
  FakeReceiver::Answer answer{.attempt = {}, .after = after};
  answer.attempt.result = result;
  return answer;
}

}  // namespace

FakeReceiver::Answer FakeReceiver::healthy() {
  return answered(200, chance_->between(milliseconds{10}, milliseconds{60}));
}

FakeReceiver::Answer FakeReceiver::failing() {
  if (chance_->happens(0.6)) return healthy();
  if (chance_->happens(0.2)) return without_answer(AttemptResult::kConnectRefused, milliseconds{0});
  if (chance_->happens(0.2)) return without_answer(AttemptResult::kReset, milliseconds{40});
  return answered(500, milliseconds{30});
}

FakeReceiver::Answer FakeReceiver::limited() {
  if (chance_->happens(0.95)) return healthy();
  Answer answer = answered(chance_->happens(0.5) ? 429 : 503, milliseconds{5});
  const bool long_pause = chance_->happens(0.01);
  const std::int64_t seconds =
      long_pause ? chance_->between(3'600, 7'200) : chance_->between(0, 40);
  answer.attempt.retry_after = std::to_string(seconds);
  return answer;
}

FakeReceiver::Answer FakeReceiver::flapping(Timestamp now) {
  if (now >= changes_at_) {
    up_ = !up_;
    changes_at_ = now + (up_ ? chance_->between(milliseconds{hours{2}}, hours{12})
                             : chance_->between(milliseconds{hours{1}}, hours{6}));
  }
  if (up_) return healthy();
  return without_answer(AttemptResult::kConnectRefused, milliseconds{2});
}

FakeReceiver::Answer FakeReceiver::slow(milliseconds timeout) {
  const milliseconds takes = chance_->between(milliseconds{500}, milliseconds{6'000});
  if (chance_->happens(0.99)) return answered(200, takes);
  return without_answer(AttemptResult::kTimedOut, timeout);
}

FakeReceiver::Answer FakeReceiver::answer(const OutgoingRequest& request,
                                          Timestamp now,
                                          milliseconds timeout) {
  Answer answer;
  switch (behaviour_) {
    case Behaviour::kHealthy:
      answer = healthy();
      break;
    case Behaviour::kFailing:
      answer = failing();
      break;
    case Behaviour::kBlackHole:
      answer = without_answer(AttemptResult::kTimedOut, timeout);
      break;
    case Behaviour::kLimited:
      answer = limited();
      break;
    case Behaviour::kGone:
      answer = answered(410, milliseconds{20});
      break;
    case Behaviour::kNoContent:
      answer = answered(204, milliseconds{20});
      break;
    case Behaviour::kFlapping:
      answer = flapping(now);
      break;
    case Behaviour::kSlow:
      answer = slow(timeout);
      break;
  }
  answer.attempt.number = request.attempt_number;
  answer.attempt.started_at = request.started_at;
  answer.attempt.timings.total = answer.after;
  return answer;
}

}  // namespace returnflows::sim
