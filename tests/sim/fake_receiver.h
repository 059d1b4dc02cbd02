#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "returnflows/delivery/attempt.h"
#include "returnflows/dispatch/request_sender.h"
#include "tests/sim/chance.h"

namespace returnflows::sim {

// How a receiver behaves.
enum class Behaviour : std::uint8_t {
  kHealthy,    // 200 in some tens of milliseconds.
  kFailing,    // 500 to two fifths of all requests, some connections refused or reset.
  kBlackHole,  // Never answers: every attempt times out.
  kLimited,    // 429 or 503 with Retry-After to one request in twenty.
  kGone,       // 410.
  kNoContent,  // 204 instead of 200.
  kFlapping,   // Well for hours, refuses connections for hours.
  kSlow,       // 200 after seconds, some beyond the timeout.
};

// One simulated receiver. Thread: one.
class FakeReceiver {
 public:
  FakeReceiver(Behaviour behaviour, Chance& chance) : behaviour_(behaviour), chance_(&chance) {}

  Behaviour behaviour() const { return behaviour_; }

  // From now on it answers 200 to everything, quickly.
  void heal() { behaviour_ = Behaviour::kHealthy; }

  struct Answer {
    Attempt attempt;
    std::chrono::milliseconds after{0};  // Zero: before send() returns.
  };

  Answer answer(const OutgoingRequest& request, Timestamp now, std::chrono::milliseconds timeout);

 private:
  Answer failing();
  Answer limited();
  Answer flapping(Timestamp now);
  Answer slow(std::chrono::milliseconds timeout);
  Answer healthy();

  Behaviour behaviour_;
  Chance* chance_;
  bool up_ = true;
  Timestamp changes_at_{};
};

}  // namespace returnflows::sim
