#pragma once

#include <vector>

#include "returnflows/runtime/due_source.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/server/test_clock_steps.h"

namespace returnflows {

// What falls due anywhere in the process, awaited on one shard.
class DueSources final : public DueWork {
 public:
  DueSources(std::vector<DueSource*> sources, Shard& shard)
      : sources_(std::move(sources)), shard_(shard) {}

  Task<std::optional<Timestamp>> next_due() override;
  void clock_moved() override;
  // One source may set off another, so all of them are asked again after each other.
  Task<void> quiet(std::chrono::milliseconds patience) override;

 private:
  Task<void> quiet(DueSource& source, Monotonic deadline);

  std::vector<DueSource*> sources_;
  Shard& shard_;
};

}  // namespace returnflows
