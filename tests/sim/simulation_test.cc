#include "tests/sim/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/observability/log.h"

namespace returnflows::sim {
namespace {

using testing::IsEmpty;

class SimulationTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  SimulationTest() { configure_log(LogFormat::kText, LogLevel::kError); }
};

// Fixed seeds: what fails here fails again. The binary `simulation` takes new ones.
TEST_P(SimulationTest, KeepsItsPromises) {
  const Report report = Simulation({.seed = GetParam(), .deliveries = 15'000}).run();
  EXPECT_THAT(report.breaches, IsEmpty());
  EXPECT_GE(report.store.deliveries, 15'000U);
  EXPECT_GE(report.requests, report.store.attempts);
  EXPECT_GT(report.crashes, 0U);
  EXPECT_GT(report.actions, 0U);
  EXPECT_GT(report.first_tries, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, testing::Values(1, 2, 3, 4));

class CourseTest : public testing::Test {
 protected:
  CourseTest() { configure_log(LogFormat::kText, LogLevel::kError); }
};

TEST_F(CourseTest, TakesTheSameCourseForTheSameSeed) {
  const Options options{.seed = 42, .deliveries = 3'000};
  const Report one = Simulation(options).run();
  const Report other = Simulation(options).run();
  EXPECT_EQ(one.fingerprint, other.fingerprint);
  EXPECT_EQ(one.store.commits, other.store.commits);
}

TEST_F(CourseTest, TakesAnotherCourseForAnotherSeed) {
  const Report one = Simulation({.seed = 1, .deliveries = 3'000}).run();
  const Report other = Simulation({.seed = 2, .deliveries = 3'000}).run();
  EXPECT_NE(one.fingerprint, other.fingerprint);
}

}  // namespace
}  // namespace returnflows::sim
