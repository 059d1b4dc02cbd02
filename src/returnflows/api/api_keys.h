#pragma once

#include <string>
#include <string_view>

#include "returnflows/base/random.h"
#include "returnflows/base/secret.h"

namespace returnflows {

// A new key: "rf_" and 43 characters of base64url, 256 random bits. Only its SHA-256 is stored.
Secret generate_api_key(Random& random);

// What lists show so that people can tell keys apart: the first characters and "…". Of a short key,
// which people may have given, less: a hint must not be the key.
std::string api_key_hint(std::string_view key);

}  // namespace returnflows
