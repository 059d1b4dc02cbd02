#include "bench/event_mark.h"

#include <charconv>
#include <chrono>
#include <cstring>

namespace returnflows::bench {
namespace {

constexpr std::string_view kPrefix = "ret_bench_";
constexpr std::size_t kNumberDigits = 12;
constexpr std::size_t kTimeAt = kPrefix.size() + kNumberDigits + 1;
constexpr std::size_t kTimeDigits = 19;
static_assert(kTimeAt + kTimeDigits == kBlankMark.size());

void write_digits(char* at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value /= 10) {
    at[i] = static_cast<char>('0' + value % 10);
  }
}

std::optional<std::uint64_t> read_digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void write_mark(char* at, const EventMark& mark) {
  write_digits(at + kPrefix.size(), kNumberDigits, mark.number);
  const auto time = std::chrono::nanoseconds{mark.sent_at.time_since_epoch()}.count();
  write_digits(at + kTimeAt, kTimeDigits, static_cast<std::uint64_t>(time));
}

std::optional<EventMark> find_mark(std::string_view body) {
  // Not string_view::find, which stops at every "r" on the way.
  const void* found = ::memmem(body.data(), body.size(), kPrefix.data(), kPrefix.size());
  if (found == nullptr) return std::nullopt;
  const std::string_view mark =
      body.substr(static_cast<std::size_t>(static_cast<const char*>(found) - body.data()));
  if (mark.size() < kBlankMark.size()) return std::nullopt;
  const auto number = read_digits(mark.substr(kPrefix.size(), kNumberDigits));
  const auto time = read_digits(mark.substr(kTimeAt, kTimeDigits));
  if (!number || !time) return std::nullopt;
  return EventMark{
      .number = *number,
      .sent_at = Monotonic{std::chrono::nanoseconds{static_cast<std::int64_t>(*time)}}};
}

}  // namespace returnflows::bench
