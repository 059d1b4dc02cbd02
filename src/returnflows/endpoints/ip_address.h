#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// An IPv4 or IPv6 address as 16 bytes (IPv4 as ::ffff:a.b.c.d), so that an IPv4 address has one
// form however it was written or resolved.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  // Takes four decimal numbers without leading zeros, or the text form of RFC 4291 without a zone.
  // Errors: kInvalidInput.
  static Result<IpAddress> parse(std::string_view text);

  static IpAddress from_v4(std::uint32_t host_order);

  bool is_v4() const;

  // "192.0.2.7", or RFC 5952 for IPv6.
  std::string text() const;

  bool operator==(const IpAddress&) const = default;
};

// A range of addresses: "10.0.0.0/8", "fd00::/8", or one address.
struct IpRange {
  IpAddress first;
  int prefix_bits = 128;  // Of the 128: an IPv4 /8 is 104.

  // Errors: kInvalidInput; also when bits are set behind the prefix, because whoever wrote
  // 10.0.0.1/8 meant either one address or the whole range, and guessing would open too much.
  static Result<IpRange> parse(std::string_view text);

  // Families never mix: "::/0" holds no IPv4 address.
  bool contains(const IpAddress& address) const;

  std::string text() const;
};

}  // namespace returnflows
