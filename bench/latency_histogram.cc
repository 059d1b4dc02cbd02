#include "bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "bench/report_line.h"

namespace returnflows::bench {
namespace {

// 128 steps between a power of two and the next: a step is at most 1/128 of its value.
constexpr std::uint64_t kSteps = 128;
constexpr std::uint64_t kStepBits = 7;
constexpr std::uint64_t kValueBitsMax = 42;  // 73 minutes in nanoseconds.
constexpr std::uint64_t kValueMax = (std::uint64_t{1} << kValueBitsMax) - 1;
constexpr std::size_t kBuckets = kSteps * (kValueBitsMax - kStepBits + 1);

std::size_t bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const auto shift = static_cast<std::uint64_t>(std::bit_width(value)) - kStepBits - 1;
  return shift * kSteps + (value >> shift);
}

// The largest value that bucket_of() puts there.
std::uint64_t value_of(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::uint64_t shift = bucket / kSteps - 1;
  return ((bucket - shift * kSteps + 1) << shift) - 1;
}

double microseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e3;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets) {}

void LatencyHistogram::record(std::chrono::nanoseconds duration) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  ++buckets_[bucket_of(std::min(value, kValueMax))];
  ++count_;
  longest_ = std::max(longest_, value);
}

void LatencyHistogram::clear() {
  std::ranges::fill(buckets_, 0);
  count_ = 0;
  longest_ = 0;
}

std::chrono::nanoseconds LatencyHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) {
      return std::chrono::nanoseconds{std::min(value_of(bucket), longest_)};
    }
  }
  return std::chrono::nanoseconds{0};
}

std::string LatencyHistogram::json() const {
  return ReportLine()
      .add("count", count_)
      .add("p50_us", microseconds(percentile(0.5)))
      .add("p90_us", microseconds(percentile(0.9)))
      .add("p99_us", microseconds(percentile(0.99)))
      .add("p999_us", microseconds(percentile(0.999)))
      .add("max_us", microseconds(longest()))
      .text();
}

}  // namespace returnflows::bench
