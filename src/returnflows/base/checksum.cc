#include "returnflows/base/checksum.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace returnflows {
namespace {

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0x82F63B78U : crc >> 1U;
    }
    tables[0][i] = crc;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (std::size_t t = 1; t < tables.size(); ++t) {
      tables[t][i] = (tables[t - 1][i] >> 8U) ^ tables[0][tables[t - 1][i] & 255U];
    }
  }
  return tables;
}

constexpr CrcTables kCrc = make_crc_tables();

std::uint64_t load_le64(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

constexpr std::uint32_t kCrcStart = 0xFFFFFFFFU;

std::uint32_t crc_of_byte(std::uint32_t crc, char byte) {
  return (crc >> 8U) ^ kCrc[0][(crc ^ static_cast<std::uint8_t>(byte)) & 255U];
}

// Eight table look-ups per eight bytes ("slicing-by-8").
std::uint32_t crc_by_tables(std::uint32_t crc, std::string_view bytes) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint64_t word = load_le64(bytes.data()) ^ crc;
    crc = kCrc[7][word & 255U] ^ kCrc[6][(word >> 8U) & 255U] ^ kCrc[5][(word >> 16U) & 255U] ^
          kCrc[4][(word >> 24U) & 255U] ^ kCrc[3][(word >> 32U) & 255U] ^
          kCrc[2][(word >> 40U) & 255U] ^ kCrc[1][(word >> 48U) & 255U] ^ kCrc[0][word >> 56U];
  }
  for (const char byte : bytes) {
    crc = crc_of_byte(crc, byte);
  }
  return crc;
}

#if defined(__x86_64__)
// The processor's own instruction for this polynomial: a fifth of the time of the tables.
__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(std::uint32_t crc,
                                                                   std::string_view bytes) {
  std::uint64_t wide = crc;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    wide = __builtin_ia32_crc32di(wide, load_le64(bytes.data()));
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const char byte : bytes) {
    crc = crc_of_byte(crc, byte);
  }
  return crc;
}
#endif

struct SipState {
  std::uint64_t v0;
  std::uint64_t v1;
  std::uint64_t v2;
  std::uint64_t v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~crc_by_instruction(kCrcStart, bytes);
#endif
  return ~crc_by_tables(kCrcStart, bytes);
}

std::uint32_t crc32c_portable(std::string_view bytes) {
  return ~crc_by_tables(kCrcStart, bytes);
}

std::uint64_t keyed_hash64(const HashKey& key, std::string_view bytes) {
  SipState state{key[0] ^ 0x736f6d6570736575ULL,
                 key[1] ^ 0x646f72616e646f6dULL,
                 key[0] ^ 0x6c7967656e657261ULL,
                 key[1] ^ 0x7465646279746573ULL};
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    state.absorb(load_le64(at));
  }
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56U;
  for (std::size_t i = 0; i < left; ++i) {
    last |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(at[i])) << (8U * i);
  }
  state.absorb(last);
  state.v2 ^= 0xFF;
  for (int i = 0; i < 4; ++i) {
    state.round();
  }
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace returnflows
