#include "returnflows/store/sqlite/attempt_detail.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "returnflows/store/sqlite/varint.h"

namespace returnflows::sqlite {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kDeliveredFlag = 1;
constexpr std::uint8_t kFirstTimingFlag =
    2;  // Then one bit for each: dns, connect, tls, first byte.
constexpr std::uint8_t kBodyCutFlag = 32;

using Duration = std::optional<std::chrono::microseconds>;

std::array<Duration AttemptTimings::*, 4> optional_timings() {
  return {&AttemptTimings::dns,
          &AttemptTimings::connect,
          &AttemptTimings::tls,
          &AttemptTimings::first_byte};
}

std::array<std::string Attempt::*, 5> texts() {
  return {&Attempt::remote_address,
          &Attempt::retry_after,
          &Attempt::error_detail,
          &Attempt::answer_headers,
          &Attempt::answer_body};
}

void append_duration(std::string& out, std::chrono::microseconds duration) {
  append_varint(out, duration.count() < 0 ? 0U : static_cast<std::uint64_t>(duration.count()));
}

bool take_duration(std::string_view& bytes, std::chrono::microseconds& out) {
  const auto value = take_varint(bytes);
  if (!value) return false;
  out = std::chrono::microseconds{static_cast<std::int64_t>(*value)};
  return true;
}

bool decode(std::string_view bytes, AttemptDetail& out) {
  if (bytes.size() < 2 || static_cast<std::uint8_t>(bytes[0]) != kFormat) return false;
  const auto flags = static_cast<std::uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  out.delivered = (flags & kDeliveredFlag) != 0;
  out.attempt.answer_body_cut = (flags & kBodyCutFlag) != 0;
  if (!take_duration(bytes, out.attempt.timings.total)) return false;
  unsigned flag = kFirstTimingFlag;
  for (const auto member : optional_timings()) {
    std::chrono::microseconds value{};
    if ((flags & flag) != 0) {
      if (!take_duration(bytes, value)) return false;
      out.attempt.timings.*member = value;
    }
    flag <<= 1U;
  }
  for (const auto member : texts()) {
    const auto size = take_varint(bytes);
    if (!size || *size > bytes.size()) return false;
    out.attempt.*member = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
  }
  return bytes.empty();
}

}  // namespace

std::string encode_attempt_detail(const Attempt& attempt, bool delivered) {
  std::string out;
  unsigned flags = delivered ? kDeliveredFlag : 0U;
  if (attempt.answer_body_cut) flags |= kBodyCutFlag;
  unsigned flag = kFirstTimingFlag;
  for (const auto member : optional_timings()) {
    if (attempt.timings.*member) flags |= flag;
    flag <<= 1U;
  }
  out.reserve(48 + attempt.answer_headers.size() + attempt.answer_body.size());
  out += static_cast<char>(kFormat);
  out += static_cast<char>(flags);
  append_duration(out, attempt.timings.total);
  for (const auto member : optional_timings()) {
    if (const Duration& timing = attempt.timings.*member) append_duration(out, *timing);
  }
  for (const auto member : texts()) {
    append_varint(out, (attempt.*member).size());
    out += attempt.*member;
  }
  return out;
}

Status decode_attempt_detail(std::string_view bytes, AttemptDetail& out) {
  if (decode(bytes, out)) return {};
  return fail(ErrorCode::kCorruption, "the stored detail of an attempt is damaged");
}

}  // namespace returnflows::sqlite
