#include "returnflows/api/cursor.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "returnflows/base/checksum.h"
#include "returnflows/base/encoding.h"

namespace returnflows {
namespace {

// Not a secret: it only keeps people from building cursors by hand, which would tie them to what a
// cursor happens to hold today.
constexpr HashKey kCheckKey{0x7265747572666c6fULL, 0x77732d637572736fULL};
constexpr std::size_t kCheckDigits = 8;

std::string check_of(std::string_view row) {
  std::array<char, 17> text{};
  std::snprintf(text.data(),
                text.size(),
                "%016llx",
                static_cast<unsigned long long>(keyed_hash64(kCheckKey, row)));
  return {text.data(), kCheckDigits};
}

}  // namespace

std::string encode_cursor(std::int64_t row) {
  const std::string text = std::to_string(row);
  return encode_hex(as_bytes(text)) + check_of(text);
}

Result<std::int64_t> decode_cursor(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorCode::kInvalidInput, "take `next_cursor` of the page before, unchanged");
  };
  if (text.size() <= kCheckDigits || text.size() > 64) return wrong();
  const auto row_text = decode_hex(text.substr(0, text.size() - kCheckDigits));
  if (!row_text || check_of(*row_text) != text.substr(text.size() - kCheckDigits)) return wrong();
  std::int64_t row = 0;
  const char* end = row_text->data() + row_text->size();
  const auto [stopped, error] = std::from_chars(row_text->data(), end, row);
  if (error != std::errc{} || stopped != end || row < 0) return wrong();
  return row;
}

}  // namespace returnflows
