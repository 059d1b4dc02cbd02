#include "returnflows/base/time_text.h"

#include <array>
#include <charconv>
#include <chrono>

namespace returnflows {
namespace {

void put_digits(char* at, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Reads exactly `width` digits; -1 when one of them is not a digit.
int take_digits(std::string_view text, std::size_t from, std::size_t width) {
  if (from + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = from; i < from + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

auto bad_time(std::string_view text) {
  return fail(ErrorCode::kInvalidInput,
              "'" + std::string{text.substr(0, 40)} +
                  "' is not an RFC 3339 time; write it like 2026-02-07T02:00:00.210Z");
}

// The milliseconds of ".210", and how many characters they took; -1 when a digit is missing.
struct Fraction {
  int milliseconds = 0;
  std::size_t length = 0;
};

Fraction take_fraction(std::string_view text) {
  Fraction fraction;
  if (text.empty() || text[0] != '.') return fraction;
  int weight = 100;
  std::size_t i = 1;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    fraction.milliseconds += weight * (text[i] - '0');
    weight /= 10;
  }
  fraction.length = i;
  if (i == 1) fraction.milliseconds = -1;
  return fraction;
}

// Minutes east of UTC of "Z", "+02:00" or "-05:30"; nullopt when it is none of these.
Result<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) {
    return bad_time(text);
  }
  const int hours = take_digits(text, 1, 2);
  const int minutes = take_digits(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return bad_time(text);
  const std::chrono::minutes total{hours * 60 + minutes};
  return text[0] == '-' ? -total : total;
}

}  // namespace

void append_rfc3339(std::string& out, Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  std::array<char, 24> text{};
  put_digits(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  text[4] = '-';
  put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
  text[7] = '-';
  put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
  text[10] = 'T';
  put_digits(&text[11], static_cast<unsigned>(time.hours().count()), 2);
  text[13] = ':';
  put_digits(&text[14], static_cast<unsigned>(time.minutes().count()), 2);
  text[16] = ':';
  put_digits(&text[17], static_cast<unsigned>(time.seconds().count()), 2);
  text[19] = '.';
  put_digits(&text[20], static_cast<unsigned>(time.subseconds().count()), 3);
  text[23] = 'Z';
  out.append(text.data(), text.size());
}

std::string format_rfc3339(Timestamp at) {
  std::string out;
  append_rfc3339(out, at);
  return out;
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text.size() > 40) return bad_time(text);
  const int year = take_digits(text, 0, 4);
  const int month = take_digits(text, 5, 2);
  const int day = take_digits(text, 8, 2);
  const int hour = take_digits(text, 11, 2);
  const int minute = take_digits(text, 14, 2);
  int second = take_digits(text, 17, 2);
  const bool separators = text[4] == '-' && text[7] == '-' &&
                          (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
                          text[13] == ':' && text[16] == ':';
  if (!separators || year < 1 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return bad_time(text);
  }
  second = second == 60 ? 59 : second;  // A leap second counts as the one before it.
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return bad_time(text);
  const Fraction fraction = take_fraction(text.substr(19));
  if (fraction.milliseconds < 0) return bad_time(text);
  const auto offset = parse_offset(text.substr(19 + fraction.length));
  if (!offset) return bad_time(text);
  return Timestamp{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second} +
         std::chrono::milliseconds{fraction.milliseconds} - *offset;
}

}  // namespace returnflows
