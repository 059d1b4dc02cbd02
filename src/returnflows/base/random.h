#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace returnflows {

// Randomness comes in through constructors, so that tests can repeat it.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  // Fills `out` completely. Thread: any.
  virtual void fill(std::span<std::byte> out) = 0;

  // Uniform in [0, 1).
  double unit();
};

// The kernel's generator (getrandom(2)): fit for keys and secrets.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// A repeatable sequence for tests and simulations. Thread: one at a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace returnflows
