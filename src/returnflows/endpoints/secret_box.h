#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "returnflows/base/ids.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

// Seals secrets for the disk: AES-256-GCM with a random nonce per sealing. What is bound to a
// sealed text (the endpoint's row number) must be given again to open it, so that a row's secret
// cannot be moved to another row. Thread: any (immutable after making).
class SecretBox {
 public:
  using Key = std::array<std::uint8_t, 32>;

  SecretBox(const Key& key, Random& random) : key_(key), random_(random) {}

  SealedSecret seal(const Secret& secret, std::string_view bound_to) const;
  SealedSecret seal(const Secret& secret, EndpointId endpoint) const;

  // Errors: kCorruption when the bytes were changed, the key is another one, or the binding
  // differs.
  Result<Secret> open(const SealedSecret& sealed, std::string_view bound_to) const;
  Result<Secret> open(const SealedSecret& sealed, EndpointId endpoint) const;

 private:
  Key key_;
  Random& random_;
};

// Reads the 32-byte key from `file` (64 hex digits and a newline). When the file does not exist it
// is created with a random key, mode 0600, synced with its folder.
// Errors: kInvalidInput when the file is not such a key, or others may read it.
Result<SecretBox::Key> load_or_create_key(const std::filesystem::path& file, Random& random);

// The key as given in the environment: 64 hex digits.
Result<SecretBox::Key> parse_key(std::string_view hex);

}  // namespace returnflows
