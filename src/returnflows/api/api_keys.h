#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "returnflows/base/random.h"
#include "returnflows/base/secret.h"

namespace returnflows {

// A new key: "rf_" and 256 random bits in base64url characters. Only its SHA-256 is ever stored.
Secret generate_api_key(Random& random);

std::array<std::uint8_t, 32> hash_api_key(std::string_view key);

// What lists show so that people can tell keys apart: the first characters and "…".
std::string api_key_hint(std::string_view key);

}  // namespace returnflows
