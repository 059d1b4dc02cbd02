#include "returnflows/api/api_keys.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include <openssl/sha.h>

#include "returnflows/base/encoding.h"

namespace returnflows {
namespace {

constexpr std::size_t kHintCharacters = 8;

}  // namespace

Secret generate_api_key(Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.fill(std::as_writable_bytes(std::span(bytes)));
  std::string text = encode_base64(bytes);
  text.pop_back();  // The padding: 32 bytes give one "=".
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return Secret{"rf_" + text};
}

std::array<std::uint8_t, 32> hash_api_key(std::string_view key) {
  std::array<std::uint8_t, 32> hash{};
  SHA256(as_bytes(key).data(), key.size(), hash.data());
  return hash;
}

std::string api_key_hint(std::string_view key) {
  // Of a short key given from outside, less: a hint must not be the key.
  return std::string{key.substr(0, std::min(kHintCharacters, key.size() / 4))} + "…";
}

}  // namespace returnflows
