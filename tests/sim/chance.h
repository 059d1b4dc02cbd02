#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "returnflows/base/random.h"

namespace returnflows::sim {

// The dice of a simulation: one seed gives one course of things. Thread: one.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  bool happens(double probability) { return random_.unit() < probability; }

  // Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_.unit() * static_cast<double>(high - low + 1));
  }

  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
    return std::chrono::milliseconds{between(low.count(), high.count())};
  }

  // Time until the next of things that come independently, `mean` apart on average.
  std::chrono::milliseconds wait(std::chrono::milliseconds mean) {
    const double factor = -std::log(1.0 - random_.unit());
    return std::chrono::milliseconds{
        1 + static_cast<std::int64_t>(factor * static_cast<double>(mean.count()))};
  }

  // One of `all`, which is not empty.
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  }

 private:
  SeededRandom random_;
};

}  // namespace returnflows::sim
