#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

namespace returnflows::sim {
namespace {

Options small(std::uint64_t seed) {
  return {.seed = seed, .deliveries = 3'000, .merchants = 2, .span = std::chrono::hours{48}};
}

TEST(Simulation, KeepsEveryPromiseThroughCrashesAndFailingDisks) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Report report = simulate(small(seed));
    for (const std::string& violation : report.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation;
    }
    EXPECT_GT(report.crashes, 0U) << "seed " << seed;
    EXPECT_GE(report.deliveries, 2'000U) << "seed " << seed;
  }
}

TEST(Simulation, RepeatsARunFromItsSeed) {
  const Report one = simulate(small(7));
  const Report other = simulate(small(7));
  EXPECT_EQ(one.requests, other.requests);
  EXPECT_EQ(one.commits, other.commits);
  EXPECT_EQ(one.crashes, other.crashes);
}

}  // namespace
}  // namespace returnflows::sim
