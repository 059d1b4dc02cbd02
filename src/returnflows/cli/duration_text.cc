#include "returnflows/cli/duration_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "returnflows/base/result.h"

namespace returnflows {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

// Longest first, for format_duration(). "" stands for seconds when it is read.
constexpr std::array<Unit, 5> kUnits{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

constexpr std::int64_t kMillisecondsMax = std::int64_t{3'650} * 86'400'000;

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidInput,
                "'" + std::string{text} +
                    "' is not a duration; write a number with its unit, such as 500ms, 30s, 15m, "
                    "24h or 7d");
  };
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return refuse();
  std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit_name.empty()) unit_name = "s";
  for (const Unit& unit : kUnits) {
    if (unit.name != unit_name) continue;
    if (count > kMillisecondsMax / unit.milliseconds) return refuse();
    return std::chrono::milliseconds{count * unit.milliseconds};
  }
  return refuse();
}

std::string format_duration(std::chrono::milliseconds duration) {
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.milliseconds == 0 && duration.count() >= unit.milliseconds) {
      return std::to_string(duration.count() / unit.milliseconds).append(unit.name);
    }
  }
  return "0s";
}

}  // namespace returnflows
