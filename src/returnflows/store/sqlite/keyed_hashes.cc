#include "returnflows/store/sqlite/keyed_hashes.h"

#include <string>

namespace returnflows::sqlite {

std::int64_t KeyedHashes::of_return(MerchantId merchant, std::string_view return_id) const {
  return hash('r', merchant, return_id);
}

std::int64_t KeyedHashes::of_client_id(MerchantId merchant, std::string_view client_id) const {
  return hash('c', merchant, client_id);
}

// Hashes kind, merchant (8 bytes, lowest first) and text. Stored: never change it.
std::int64_t KeyedHashes::hash(char kind, MerchantId merchant, std::string_view text) const {
  std::string input;
  input.reserve(9 + text.size());
  input += kind;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    input += static_cast<char>((static_cast<std::uint64_t>(merchant.value) >> shift) & 0xFFU);
  }
  input += text;
  const auto hash = static_cast<std::int64_t>(keyed_hash64(key_, input) >> 1U);
  return hash == 0 ? 1 : hash;
}

}  // namespace returnflows::sqlite
