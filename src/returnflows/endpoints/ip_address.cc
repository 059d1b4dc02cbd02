#include "returnflows/endpoints/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include <arpa/inet.h>

namespace returnflows {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int kMappedBits = 96;

// True when the first `bits` bits of both are the same.
bool same_prefix(const IpAddress& a, const IpAddress& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + bits / 8, b.bytes.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFFU << static_cast<unsigned>(8 - rest));
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

// `address` with every bit behind the first `bits` cleared.
IpAddress masked(IpAddress address, int bits) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - i * 8, 0, 8);
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> static_cast<unsigned>(kept));
    address.bytes[static_cast<std::size_t>(i)] &= mask;
  }
  return address;
}

auto bad_address(std::string_view text) {
  return fail(ErrorCode::kInvalidInput,
              "'" + std::string{text.substr(0, 64)} +
                  "' is not an IP address; write it like 192.0.2.7 or 2001:db8::7.");
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton() wants a terminated string; the longest form takes 45 characters.
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.empty() || text.size() >= buffer.size() || text.contains('\0')) {
    return bad_address(text);
  }
  std::ranges::copy(text, buffer.begin());
  IpAddress address;
  if (text.contains(':')) {
    if (::inet_pton(AF_INET6, buffer.data(), address.bytes.data()) != 1) return bad_address(text);
    return address;
  }
  std::ranges::copy(kMappedPrefix, address.bytes.begin());
  if (::inet_pton(AF_INET, buffer.data(), &address.bytes[kMappedPrefix.size()]) != 1) {
    return bad_address(text);
  }
  return address;
}

IpAddress IpAddress::from_v4(std::uint32_t host_order) {
  IpAddress address;
  std::ranges::copy(kMappedPrefix, address.bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    address.bytes[15 - i] = static_cast<std::uint8_t>(host_order >> (8 * i));
  }
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, &bytes[kMappedPrefix.size()], buffer.data(), buffer.size());
  } else {
    ::inet_ntop(AF_INET6, bytes.data(), buffer.data(), buffer.size());
  }
  return buffer.data();
}

Result<IpRange> IpRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  RF_TRY(const IpAddress address, IpAddress::parse(text.substr(0, slash)));
  if (slash == std::string_view::npos) return IpRange{.first = address, .prefix_bits = 128};

  const int family_bits = address.is_v4() ? 32 : 128;
  const std::string_view digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 ||
      bits > family_bits || digits.starts_with('-')) {
    return fail(ErrorCode::kInvalidInput,
                "'" + std::string{text.substr(0, 64)} + "' needs a prefix length from 0 to " +
                    std::to_string(family_bits) + " behind the slash.");
  }
  const int prefix_bits = address.is_v4() ? bits + kMappedBits : bits;
  IpRange range{.first = masked(address, prefix_bits), .prefix_bits = prefix_bits};
  if (range.first != address) {
    return fail(ErrorCode::kInvalidInput,
                "'" + std::string{text.substr(0, 64)} + "' has bits set behind its prefix; write " +
                    range.text() + " for the range or " + address.text() + " for the one address.");
  }
  return range;
}

bool IpRange::contains(const IpAddress& address) const {
  return address.is_v4() == first.is_v4() && same_prefix(address, first, prefix_bits);
}

std::string IpRange::text() const {
  if (prefix_bits == 128) return first.text();
  const int bits = first.is_v4() ? prefix_bits - kMappedBits : prefix_bits;
  return first.text() + "/" + std::to_string(bits);
}

}  // namespace returnflows
