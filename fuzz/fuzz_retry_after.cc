// Retry-After comes from receivers. Whatever they write, the hold is within its bounds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/delivery/verdict.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows;
  using std::chrono::seconds;
  const std::string_view value{reinterpret_cast<const char*>(data), size};
  constexpr Timestamp kNow{std::chrono::milliseconds{1'445'412'000'123}};
  const auto delay = parse_retry_after(value, kNow);
  if (!delay) return 0;
  RF_CHECK(*delay >= seconds{0} && *delay <= seconds{limits::kRetryAfterMax});
  // Time passes, the delay shrinks or, when it is a number of seconds, stays; it never grows.
  const auto later = parse_retry_after(value, kNow + std::chrono::minutes{1});
  RF_CHECK(later.has_value() && *later <= *delay);
  return 0;
}
