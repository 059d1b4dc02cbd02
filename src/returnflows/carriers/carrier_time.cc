#include "returnflows/carriers/carrier_time.h"

#include <chrono>
#include <string>

#include "returnflows/base/time_text.h"

namespace returnflows::carriers {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

constexpr std::size_t kDateBytes = 10;     // 2026-02-07
constexpr std::size_t kMinutesBytes = 16;  // 2026-02-07T02:00
constexpr Timestamp kFirst{sys_days{year{2000} / 1 / 1}};
constexpr Timestamp kEnd{sys_days{year{2100} / 1 / 1}};

std::optional<Timestamp> within_bounds(Timestamp at) {
  if (at < kFirst || at >= kEnd) return std::nullopt;
  return at;
}

// Fills in what `text` leaves out, so that it becomes RFC 3339 if it is a time at all.
std::string completed(std::string_view text) {
  if (text.size() == kDateBytes) return std::string{text} + "T00:00:00Z";
  if (text.size() < kMinutesBytes) return std::string{text};
  std::string out{text.substr(0, kMinutesBytes)};
  std::string_view rest = text.substr(kMinutesBytes);
  if (!rest.starts_with(':')) out += ":00";
  const std::size_t zone = rest.find_first_of("Zz+-");
  out += rest.substr(0, zone);
  if (zone == std::string_view::npos) return out + "Z";
  rest.remove_prefix(zone);
  out += rest.substr(0, 3);
  constexpr std::size_t kOffsetWithoutColon = 5;  // +0200
  if (rest.size() == kOffsetWithoutColon) out += ':';
  if (rest.size() > 3) out += rest.substr(3);
  return out;
}

}  // namespace

std::optional<Timestamp> parse_carrier_time(std::string_view text) {
  constexpr std::size_t kTextMax = 40;
  if (text.size() < kDateBytes || text.size() > kTextMax) return std::nullopt;
  const auto at = parse_rfc3339(completed(text));
  if (!at) return std::nullopt;
  return within_bounds(*at);
}

std::optional<Timestamp> from_unix_seconds(std::int64_t seconds) {
  // Compared as seconds: far ones would not fit into milliseconds.
  if (seconds < 0 ||
      seconds > std::chrono::floor<std::chrono::seconds>(kEnd).time_since_epoch().count()) {
    return std::nullopt;
  }
  return within_bounds(Timestamp{std::chrono::seconds{seconds}});
}

}  // namespace returnflows::carriers
