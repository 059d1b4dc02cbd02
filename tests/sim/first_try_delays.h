#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"

namespace returnflows::sim {

// How long deliveries of endpoints that always work wait for their first try, whatever the others
// do. Thread: one.
class FirstTryDelays {
 public:
  void expect(DeliveryId id, Timestamp accepted_at) { expected_.emplace(id, accepted_at); }

  void started(DeliveryId id, Timestamp at) {
    const auto known = expected_.find(id);
    if (known == expected_.end()) return;
    const auto delay = static_cast<std::size_t>((at - known->second).count());
    ++counts_[std::min(delay, counts_.size() - 1)];
    ++count_;
    expected_.erase(known);
  }

  // The process that was to send them has ended: the wait for the next one is not counted.
  void process_ended() { expected_.clear(); }

  std::uint64_t count() const { return count_; }

  // The delay that 99 of 100 stay within; the histogram's end stands for all that is longer.
  std::chrono::milliseconds p99() const {
    std::uint64_t above = count_ / 100;
    std::size_t delay = counts_.size() - 1;
    for (; delay > 0 && counts_[delay] <= above; --delay)
      above -= counts_[delay];
    return std::chrono::milliseconds{delay};
  }

 private:
  std::unordered_map<DeliveryId, Timestamp> expected_;
  std::array<std::uint32_t, 10'001> counts_{};  // By milliseconds.
  std::uint64_t count_ = 0;
};

}  // namespace returnflows::sim
