#pragma once

#include <chrono>
#include <cstdint>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// What the API asks of the rest of the process and cannot reach through the store's interfaces.
// Implemented in server/, which is the only place where api and dispatch meet. Thread: a shard.
class ServerControl {
 public:
  ServerControl() = default;
  ServerControl(const ServerControl&) = delete;
  ServerControl& operator=(const ServerControl&) = delete;
  virtual ~ServerControl() = default;

  // False while the process starts or stops, or when the disk has failed: /readyz answers 503.
  virtual bool ready() const = 0;

  // True with `serve --test-clock`.
  virtual bool has_test_clock() const = 0;

  // Moves the test clock: everything that falls due is handled in order, each at its own time.
  // Returns the new time.
  virtual Task<Result<Timestamp>> advance_clock(std::chrono::seconds step) = 0;
};

}  // namespace returnflows
