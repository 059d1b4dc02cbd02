#include "returnflows/server/test_clock_steps.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

// How long one step waits for the answers to what it started: longer than an attempt may last by
// default would make a three-day schedule against a dead endpoint take minutes.
constexpr std::chrono::milliseconds kPatience{2'000};

}  // namespace

Task<Result<Timestamp>> advance_through_due_work(TestClock& clock,
                                                 DueWork& work,
                                                 std::chrono::seconds step) {
  const Timestamp target = clock.now() + step;
  for (std::size_t steps = 0; steps < limits::kTestClockStepsMax; ++steps) {
    co_await work.quiet(kPatience);
    const std::optional<Timestamp> next = co_await work.next_due();
    if (!next || *next > target) {
      clock.advance_to(target);
      work.clock_moved();
      co_return std::max(target, clock.now());
    }
    clock.advance_to(*next);
    work.clock_moved();
  }
  co_return fail(ErrorCode::kConflict,
                 "more than " + std::to_string(limits::kTestClockStepsMax) +
                     " things fall due within this step; advance in smaller ones");
}

}  // namespace returnflows
