#pragma once

#include "returnflows/dispatch/dispatcher.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/server/test_clock_steps.h"

namespace returnflows {

// What falls due in the dispatcher, awaited on one shard.
class DispatcherDueWork final : public DueWork {
 public:
  DispatcherDueWork(Dispatcher& dispatcher, Shard& shard)
      : dispatcher_(dispatcher), shard_(shard) {}

  Task<std::optional<Timestamp>> next_due() override;
  void clock_moved() override;
  Task<void> quiet(std::chrono::milliseconds patience) override;

 private:
  Dispatcher& dispatcher_;
  Shard& shard_;
};

}  // namespace returnflows
