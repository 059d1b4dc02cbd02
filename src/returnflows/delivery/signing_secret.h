#pragma once

#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"

namespace returnflows {

// What in front of a secret says that base64 follows.
inline constexpr std::string_view kSecretPrefix = "whsec_";

// The key of the Standard Webhooks signature: the bytes behind `whsec_`, or the UTF-8 bytes of a
// secret that a person typed. Base64 without the prefix is never guessed: "hunter22" is base64 too.
//
// Errors: kInvalidInput that says which rule of check_secret() is broken, never the secret itself.
// Thread: any. Source: design §7.
Result<Secret> parse_secret(std::string_view secret);

}  // namespace returnflows
