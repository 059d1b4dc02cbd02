#pragma once

#include <chrono>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/delivery/attempt.h"

namespace returnflows::sim {

// How an endpoint behaves.
enum class Temper {
  kHealthy,   // 200 within some tens of milliseconds.
  kFlaky,     // One answer in ten is a failure of some kind.
  kSlow,      // Seconds for each answer, and now and then too many.
  kFlapping,  // Hours of 503 or of silence between hours of health.
  kBusy,      // 429 with Retry-After under load.
  kWrong2xx,  // 204 now and then, where only 200 counts.
  kFussy,     // Never takes one event in fifty.
};

// An endpoint's program, without a socket. Thread: one.
class Receiver {
 public:
  Receiver(Temper temper, Random& random) : temper_(temper), random_(random) {}

  // What comes of a request that arrives at `now`: the attempt as the sender sees it, and after
  // how long. `event` chooses which events a fussy one refuses.
  struct Reaction {
    Attempt attempt;
    std::chrono::milliseconds after{0};
  };

  Reaction react(std::size_t event, Timestamp now, std::chrono::milliseconds patience);

  void heal() { temper_ = Temper::kHealthy; }

 private:
  int between(int low, int high);

  bool chance(double probability) { return random_.unit() < probability; }

  Reaction answer(int status, std::chrono::milliseconds after);
  Reaction silence(std::chrono::milliseconds patience);
  Reaction flaky(std::chrono::milliseconds patience);
  Reaction flapping(Timestamp now, std::chrono::milliseconds patience);
  Reaction busy();

  Temper temper_;
  Random& random_;
  Timestamp turns_at_{};
  bool down_ = false;
  bool silent_ = false;
};

}  // namespace returnflows::sim
