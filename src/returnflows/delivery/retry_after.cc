// The Retry-After field (RFC 9110 §10.2.3) and the HTTP dates in it (§5.6.7).

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "returnflows/base/limits.h"
#include "returnflows/delivery/verdict.h"

namespace returnflows {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes a value apart from left to right. Once something does not fit, every later take fails too,
// so that the caller checks once, at the end.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  bool took_everything() const { return !failed_ && rest_.empty(); }

  void literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
      failed_ = true;
      return;
    }
    rest_.remove_prefix(expected.size());
  }

  // Exactly `width` digits.
  int digits(std::size_t width) {
    int value = 0;
    if (failed_ || rest_.size() < width) {
      failed_ = true;
      return 0;
    }
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') failed_ = true;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return failed_ ? 0 : value;
  }

  // asctime pads the day with a space.
  int padded_day() {
    if (!rest_.starts_with(' ')) return digits(2);
    literal(" ");
    return digits(1);
  }

  unsigned month() {
    const auto found = std::ranges::find(kMonths, rest_.substr(0, 3));
    if (failed_ || found == kMonths.end()) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(3);
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
  }

  // The name of a day, whole or its first three letters. Whether it is the right day is of no
  // interest: the rest of the date says which it is.
  void day_name(std::size_t letters) {
    for (const std::string_view day : kDays) {
      const std::string_view name = day.substr(0, letters);
      if (!rest_.starts_with(name)) continue;
      rest_.remove_prefix(name.size());
      return;
    }
    failed_ = true;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Moment {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void read_time(FieldReader& reader, Moment& moment) {
  moment.hour = reader.digits(2);
  reader.literal(":");
  moment.minute = reader.digits(2);
  reader.literal(":");
  moment.second = reader.digits(2);
}

std::optional<sys_seconds> to_time(const Moment& moment) {
  const std::chrono::year_month_day date{std::chrono::year{moment.year},
                                         std::chrono::month{moment.month},
                                         std::chrono::day{static_cast<unsigned>(moment.day)}};
  // A leap second may be named.
  if (!date.ok() || moment.hour > 23 || moment.minute > 59 || moment.second > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days{date} + std::chrono::hours{moment.hour} +
         std::chrono::minutes{moment.minute} + seconds{moment.second};
}

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<sys_seconds> parse_imf_fixdate(std::string_view text) {
  FieldReader reader{text};
  Moment moment;
  reader.day_name(3);
  reader.literal(", ");
  moment.day = reader.digits(2);
  reader.literal(" ");
  moment.month = reader.month();
  reader.literal(" ");
  moment.year = reader.digits(4);
  reader.literal(" ");
  read_time(reader, moment);
  reader.literal(" GMT");
  return reader.took_everything() ? to_time(moment) : std::nullopt;
}

// "Sunday, 06-Nov-94 08:49:37 GMT". A year that seems to lie more than 50 years ahead is meant to
// be the one of the century before.
std::optional<sys_seconds> parse_rfc850_date(std::string_view text, Timestamp now) {
  FieldReader reader{text};
  Moment moment;
  reader.day_name(std::string_view::npos);
  reader.literal(", ");
  moment.day = reader.digits(2);
  reader.literal("-");
  moment.month = reader.month();
  reader.literal("-");
  const int short_year = reader.digits(2);
  reader.literal(" ");
  read_time(reader, moment);
  reader.literal(" GMT");
  if (!reader.took_everything()) return std::nullopt;
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int this_year = static_cast<int>(today.year());
  moment.year = this_year / 100 * 100 + short_year;
  if (moment.year > this_year + 50) moment.year -= 100;
  return to_time(moment);
}

// "Sun Nov  6 08:49:37 1994".
std::optional<sys_seconds> parse_asctime_date(std::string_view text) {
  FieldReader reader{text};
  Moment moment;
  reader.day_name(3);
  reader.literal(" ");
  moment.month = reader.month();
  reader.literal(" ");
  moment.day = reader.padded_day();
  reader.literal(" ");
  read_time(reader, moment);
  reader.literal(" ");
  moment.year = reader.digits(4);
  return reader.took_everything() ? to_time(moment) : std::nullopt;
}

seconds bounded(seconds delay) {
  return std::clamp(delay, seconds{0}, seconds{limits::kRetryAfterMax});
}

// Any number of digits; what is more than the bound is the bound.
seconds parse_delay(std::string_view digits) {
  seconds delay{0};
  for (const char c : digits)
    delay = bounded(delay * 10 + seconds{c - '0'});
  return delay;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view value, Timestamp now) {
  const std::string_view text = trimmed(value);
  if (text.empty()) return std::nullopt;
  if (std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return parse_delay(text);
  }
  auto at = parse_imf_fixdate(text);
  if (!at) at = parse_rfc850_date(text, now);
  if (!at) at = parse_asctime_date(text);
  if (!at) return std::nullopt;
  return bounded(std::chrono::ceil<seconds>(*at - now));
}

}  // namespace returnflows
