#include "returnflows/delivery/signing_secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/random.h"
#include "returnflows/delivery/signing.h"

namespace returnflows {
namespace {

// Standard Webhooks 1.0.0: a shared key has 24 to 64 bytes.
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;
// Of the keys that are generated here: as long as the hash (RFC 2104 §3).
constexpr std::size_t kKeyBytesGenerated = 32;

auto invalid(std::string detail) {
  return fail(ErrorCode::kInvalidInput, std::move(detail));
}

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};

// The first code point of `text`, which is not empty; nullopt when it is not UTF-8 (RFC 3629).
std::optional<CodePoint> first_code_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return CodePoint{.value = lead, .bytes = 1};
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 0 || lead > 0xF4 || length > text.size()) return std::nullopt;
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80U) return std::nullopt;
    value = (value << 6U) | (next & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return std::nullopt;
  return CodePoint{.value = value, .bytes = length};
}

// Control characters, line and paragraph separators, and what leaves no trace on a screen: with
// one of these in a secret nobody could tell why signatures differ.
bool is_printable(std::uint32_t point) {
  const auto within = [point](std::uint32_t from, std::uint32_t to) {
    return point >= from && point <= to;
  };
  return !(point < 0x20 || within(0x7F, 0x9F) || point == 0xAD || within(0x200B, 0x200F) ||
           within(0x2028, 0x202E) || within(0x2060, 0x206F) || point == 0xFEFF);
}

Result<Secret> parse_prefixed(std::string_view base64) {
  auto key = decode_base64(base64);
  if (!key) {
    return invalid(
        "What follows whsec_ is not base64 with the standard alphabet and full padding. "
        "Paste the whole secret, or leave whsec_ out to use the text itself.");
  }
  Secret secret{std::move(*key)};
  const std::size_t size = secret.reveal().size();
  if (size < kKeyBytesMin || size > kKeyBytesMax) {
    return invalid("The base64 behind whsec_ holds " + std::to_string(size) +
                   " bytes; it must hold 24 to 64.");
  }
  return secret;
}

Result<Secret> parse_typed(std::string_view secret) {
  if (secret.size() < limits::kSecretBytesMin || secret.size() > limits::kSecretBytesMax) {
    return invalid("The secret has " + std::to_string(secret.size()) + " bytes; it must have " +
                   std::to_string(limits::kSecretBytesMin) + " to " +
                   std::to_string(limits::kSecretBytesMax) + " (a letter beyond ASCII counts as " +
                   "two or more).");
  }
  for (std::string_view rest = secret; !rest.empty();) {
    const auto point = first_code_point(rest);
    if (!point) return invalid("The secret is not valid UTF-8.");
    if (!is_printable(point->value)) {
      return invalid(
          "The secret contains a control or invisible character; type it again, or "
          "leave it empty to have one generated.");
    }
    rest.remove_prefix(point->bytes);
  }
  return Secret{std::string{secret}};
}

}  // namespace

Result<Secret> parse_secret(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return parse_typed(secret);
  return parse_prefixed(secret.substr(kSecretPrefix.size()));
}

Status check_secret(std::string_view secret) {
  RF_TRY_STATUS(parse_secret(secret));
  return {};
}

Secret generate_secret(Random& random) {
  std::array<std::uint8_t, kKeyBytesGenerated> key{};
  random.fill(std::as_writable_bytes(std::span{key}));
  return Secret{std::string{kSecretPrefix} + encode_base64(key)};
}

Secret library_form(const Secret& secret) {
  if (secret.reveal().starts_with(kSecretPrefix)) return secret;
  return Secret{std::string{kSecretPrefix} + encode_base64(as_bytes(secret.reveal()))};
}

}  // namespace returnflows
