#pragma once

#include <functional>
#include <optional>

#include "returnflows/base/clock.h"
#include "returnflows/base/mailbox.h"

namespace returnflows {

// Something that acts when its time has come, as the test clock needs to know it. Thread: any.
class DueSource {
 public:
  DueSource() = default;
  DueSource(const DueSource&) = delete;
  DueSource& operator=(const DueSource&) = delete;
  virtual ~DueSource() = default;

  // Tells `done`, on `reply_to`, the earliest time at which something is to happen; nullopt when
  // nothing is planned. It may be too early (then it says so when it is asked again), never too
  // late.
  virtual void next_due(Mailbox& reply_to,
                        std::move_only_function<void(std::optional<Timestamp>)> done) = 0;

  // The clock was moved: what is due now happens now.
  virtual void kick() = 0;

  // Posts `done` to `reply_to` once nothing that was started is unfinished; what kick() before it
  // has set off counts.
  virtual void settled_quiet(Mailbox& reply_to, Mailbox::Letter done) = 0;
};

}  // namespace returnflows
