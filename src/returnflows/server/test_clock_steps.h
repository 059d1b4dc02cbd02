#pragma once

#include <chrono>
#include <optional>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// What falls due, as the test clock needs to know it. Implemented over the dispatcher.
class DueWork {
 public:
  DueWork() = default;
  DueWork(const DueWork&) = delete;
  DueWork& operator=(const DueWork&) = delete;
  virtual ~DueWork() = default;

  // When the next thing falls due; nullopt when nothing is planned.
  virtual Task<std::optional<Timestamp>> next_due() = 0;

  // Told that the clock has moved: starts what is due now.
  virtual void clock_moved() = 0;

  // Returns when all that was started has been recorded, or after `patience` of real time: an
  // endpoint that does not answer must not stop the clock.
  virtual Task<void> quiet(std::chrono::milliseconds patience) = 0;
};

// Moves `clock` by `step` and lets everything that falls due on the way happen at its own time, in
// order: a retry that fails is planned anew from the time at which it was made, and made again if
// that lies within the step too.
// Errors: kConflict when more falls due than limits::kTestClockStepsMax.
// Source: docs/operating/configuration.md.
Task<Result<Timestamp>> advance_through_due_work(TestClock& clock,
                                                 DueWork& work,
                                                 std::chrono::seconds step);

}  // namespace returnflows
