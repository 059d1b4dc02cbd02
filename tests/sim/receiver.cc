#include "tests/sim/receiver.h"

#include <string>

namespace returnflows::sim {

using std::chrono::milliseconds;

int Receiver::between(int low, int high) {
  return low + static_cast<int>(random_.unit() * static_cast<double>(high - low));
}

Receiver::Reaction Receiver::answer(int status, milliseconds after) {
  Reaction reaction{.attempt = {}, .after = after};
  reaction.attempt.status = status;
  reaction.attempt.timings.total = after;
  return reaction;
}

Receiver::Reaction Receiver::silence(milliseconds patience) {
  Reaction reaction{.attempt = {}, .after = patience};
  reaction.attempt.result = AttemptResult::kTimedOut;
  reaction.attempt.timings.total = patience;
  reaction.attempt.error_detail = "no answer came in time";
  return reaction;
}

Receiver::Reaction Receiver::flaky(milliseconds patience) {
  if (!chance(0.1)) return answer(200, milliseconds{between(5, 80)});
  switch (between(0, 4)) {
    case 0:
      return silence(patience);
    case 1: {
      Reaction reaction = answer(0, milliseconds{1});
      reaction.attempt.result = AttemptResult::kConnectRefused;
      return reaction;
    }
    case 2:
      return answer(301, milliseconds{10});
    default:
      return answer(500, milliseconds{between(5, 3000)});
  }
}

Receiver::Reaction Receiver::flapping(Timestamp now, milliseconds patience) {
  if (now >= turns_at_) {
    down_ = !down_;
    silent_ = chance(0.5);
    turns_at_ = now + std::chrono::minutes{between(10, 600)};
  }
  if (!down_) return answer(200, milliseconds{between(5, 80)});
  return silent_ ? silence(patience) : answer(503, milliseconds{between(5, 80)});
}

Receiver::Reaction Receiver::busy() {
  Reaction reaction = answer(chance(0.03) ? 429 : 200, milliseconds{between(5, 80)});
  if (reaction.attempt.status == 429)
    reaction.attempt.retry_after = std::to_string(between(1, 120));
  return reaction;
}

Receiver::Reaction Receiver::react(std::size_t event, Timestamp now, milliseconds patience) {
  switch (temper_) {
    case Temper::kHealthy:
      return answer(200, milliseconds{between(5, 80)});
    case Temper::kFlaky:
      return flaky(patience);
    case Temper::kSlow:
      return chance(0.02) ? silence(patience) : answer(200, milliseconds{between(500, 9000)});
    case Temper::kFlapping:
      return flapping(now, patience);
    case Temper::kBusy:
      return busy();
    case Temper::kWrong2xx:
      return answer(chance(0.05) ? 204 : 200, milliseconds{between(5, 80)});
    case Temper::kFussy:
      return answer(event % 50 == 0 ? 422 : 200, milliseconds{between(5, 80)});
  }
  return silence(patience);
}

}  // namespace returnflows::sim
