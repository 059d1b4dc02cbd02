#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "returnflows/base/result.h"

// What the carriers' signatures are made of.
namespace returnflows::carriers {

using Digest = std::array<std::uint8_t, 32>;

// HMAC-SHA256 of the parts one behind the other. Thread: any.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

// SHA-256 of the parts one behind the other. Thread: any.
Digest sha256(std::initializer_list<std::string_view> parts);

// True when both are the same bytes; the time tells at most their length.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// True when `text` is `digest` in hexadecimal of either case.
bool is_hex_of(std::string_view text, const Digest& digest);

// kUnauthorized, reason signature_missing: the sender has not signed. `header` is what it lacks.
Status signature_missing(std::string_view header);

// kUnauthorized, reason signature_invalid. `hint` is a sentence that says what to compare.
Status signature_invalid(std::string_view hint);

}  // namespace returnflows::carriers
