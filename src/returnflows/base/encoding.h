#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace returnflows {

// Standard alphabet with padding (RFC 4648 §4).
std::string encode_base64(std::span<const std::uint8_t> bytes);

// Strict: standard alphabet, full padding, no white space, zero trailing bits. Anything else is
// nullopt, because a lenient decoder would sign with another key than the receiver's.
std::optional<std::string> decode_base64(std::string_view text);

// Lower case.
std::string encode_hex(std::span<const std::uint8_t> bytes);
std::optional<std::string> decode_hex(std::string_view text);

// The bytes of `text`, for the functions above.
inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace returnflows
