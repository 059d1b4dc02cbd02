#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace returnflows {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`. Guards stored payloads: SQLite does not
// notice flipped bits.
std::uint32_t crc32c(std::string_view bytes);

// The same for processors without an instruction for it; the test compares the two.
std::uint32_t crc32c_portable(std::string_view bytes);

// A 128-bit key for keyed_hash64(); kept secret where outsiders choose the input.
using HashKey = std::array<std::uint64_t, 2>;

// SipHash-2-4 (Aumasson, Bernstein 2012). Stable for ever: its values are stored.
std::uint64_t keyed_hash64(const HashKey& key, std::string_view bytes);

}  // namespace returnflows
