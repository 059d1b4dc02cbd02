#include "returnflows/base/clock.h"

namespace returnflows {
namespace {

Timestamp machine_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

Timestamp SystemClock::now() const {
  return machine_now();
}

Timestamp SystemClock::real_now() const {
  return machine_now();
}

Timestamp TestClock::now() const {
  return machine_now() + offset_.load(std::memory_order_relaxed);
}

Timestamp TestClock::real_now() const {
  return machine_now();
}

void TestClock::advance_to(Timestamp target) {
  const auto wanted = target - machine_now();
  auto seen = offset_.load();
  while (wanted > seen && !offset_.compare_exchange_weak(seen, wanted)) {
  }
}

Monotonic monotonic_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace returnflows
