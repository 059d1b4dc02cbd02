#include "returnflows/endpoints/punycode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace returnflows {
namespace {

// Parameters of RFC 3492 §5.
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kInitialBias = 72;
constexpr std::uint32_t kInitialN = 0x80;

// A host name has at most 253 bytes; the arithmetic below cannot overflow for that.
constexpr std::size_t kHostBytesMax = 253;

using CodePoints = std::vector<std::uint32_t>;

// The code points of well-formed UTF-8; nullopt for anything else.
std::optional<CodePoints> decode_utf8(std::string_view text) {
  CodePoints out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size()) return std::nullopt;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return std::nullopt;
      point = (point << 6U) | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
    out.push_back(point);
    i += length;
  }
  return out;
}

// Code points that IDNA maps to something else or forbids: invisible ones, combining marks,
// full-width forms, the ideographic full stop.
bool needs_mapping(std::uint32_t point) {
  const auto within = [point](std::uint32_t from, std::uint32_t to) {
    return point >= from && point <= to;
  };
  return within(0x80, 0xBF) || within(0x300, 0x36F) || within(0x2000, 0x206F) ||
         within(0x3000, 0x3004) || within(0xFE00, 0xFEFF) || within(0xFF00, 0xFFFF);
}

std::uint32_t lower(std::uint32_t point) {
  const auto within = [point](std::uint32_t from, std::uint32_t to) {
    return point >= from && point <= to;
  };
  if (within('A', 'Z')) return point + 0x20;
  if (within(0xC0, 0xDE) && point != 0xD7) return point + 0x20;  // Latin-1, but the times sign.
  if (within(0x391, 0x3A9)) return point + 0x20;                 // Greek.
  if (within(0x400, 0x40F)) return point + 0x50;                 // Cyrillic.
  if (within(0x410, 0x42F)) return point + 0x20;
  return point;
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t count, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / count;
  std::uint32_t k = 0;
  for (; delta > ((kBase - kTMin) * kTMax) / 2; k += kBase)
    delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

char digit(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

void append_number(std::string& out, std::uint32_t number, std::uint32_t bias) {
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t threshold = k <= bias ? kTMin : std::min(k - bias, kTMax);
    if (number < threshold) break;
    out += digit(threshold + (number - threshold) % (kBase - threshold));
    number = (number - threshold) / (kBase - threshold);
  }
  out += digit(number);
}

// RFC 3492 §6.3.
std::string encode_label(const CodePoints& label) {
  std::string out;
  for (const std::uint32_t point : label) {
    if (point < kInitialN) out += static_cast<char>(point);
  }
  const auto basic_count = static_cast<std::uint32_t>(out.size());
  if (basic_count == label.size()) return out;
  if (basic_count > 0) out += '-';
  std::uint32_t n = kInitialN;
  std::uint32_t delta = 0;
  std::uint32_t bias = kInitialBias;
  for (std::uint32_t handled = basic_count; handled < label.size();) {
    std::uint32_t next = UINT32_MAX;
    for (const std::uint32_t point : label) {
      if (point >= n) next = std::min(next, point);
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const std::uint32_t point : label) {
      if (point < n) ++delta;
      if (point != n) continue;
      append_number(out, delta, bias);
      bias = adapt(delta, handled + 1, handled == basic_count);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return "xn--" + out;
}

}  // namespace

std::optional<std::string> suggest_ascii_host(std::string_view host) {
  if (host.size() > kHostBytesMax) return std::nullopt;
  auto points = decode_utf8(host);
  if (!points || std::ranges::any_of(*points, needs_mapping)) return std::nullopt;
  std::ranges::transform(*points, points->begin(), lower);
  std::string out;
  CodePoints label;
  for (const std::uint32_t point : *points) {
    if (point == '.') {
      out += encode_label(label) + ".";
      label.clear();
    } else {
      label.push_back(point);
    }
  }
  return out + encode_label(label);
}

}  // namespace returnflows
