#include "returnflows/api/api_keys.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "returnflows/base/encoding.h"

namespace returnflows {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kHintCharacters = 8;

}  // namespace

Secret generate_api_key(Random& random) {
  std::array<std::uint8_t, kKeyBytes> bytes{};
  random.fill(std::as_writable_bytes(std::span(bytes)));
  std::string text = encode_base64(bytes);
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return Secret{"rf_" + text};
}

std::string api_key_hint(std::string_view key) {
  return std::string{key.substr(0, std::min(kHintCharacters, key.size() / 4))} + "…";
}

}  // namespace returnflows
