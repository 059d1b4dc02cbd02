#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace returnflows::bench {

// Counts durations in buckets that grow with the value, so that every percentile is known to within
// one percent from a nanosecond to an hour, in 40 KiB, whatever the number of values: the scheme of
// HdrHistogram. Thread: one at a time.
class LatencyHistogram {
 public:
  LatencyHistogram();

  // Negative durations count as zero, those beyond an hour or so as the longest.
  void record(std::chrono::nanoseconds duration);

  void clear();

  std::uint64_t count() const { return count_; }

  // The smallest value that `share` of all values do not exceed; zero when there is none.
  // Input: `share` in (0, 1].
  std::chrono::nanoseconds percentile(double share) const;

  std::chrono::nanoseconds longest() const { return std::chrono::nanoseconds{longest_}; }

  // {"count":…,"p50_us":…,"p90_us":…,"p99_us":…,"p999_us":…,"max_us":…}
  std::string json() const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t longest_ = 0;
};

}  // namespace returnflows::bench
