#pragma once

#include <atomic>
#include <cstddef>

#include "returnflows/base/limits.h"

namespace returnflows {

// How many bytes of events the lanes of all shards hold in memory. Lanes add before they keep and
// look before they take more; going a little over is fine, because each looks at most a delivery
// ahead. Thread: any.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes_max = limits::kLaneBytesMax) : bytes_max_(bytes_max) {}

  void add(std::size_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }

  void remove(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

  bool is_full() const { return used() >= bytes_max_; }

  // Half full: from here on lanes hold only what they get rid of quickly.
  bool is_tight() const { return used() >= bytes_max_ / 2; }

 private:
  std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace returnflows
