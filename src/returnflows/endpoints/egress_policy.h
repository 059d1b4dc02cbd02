#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// An IPv4 or IPv6 address as 16 bytes (IPv4 as ::ffff:a.b.c.d).
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static Result<IpAddress> parse(std::string_view text);
  static IpAddress from_v4(std::uint32_t host_order);
  bool is_v4() const;
  std::string text() const;
};

// A range of addresses: "10.0.0.0/8", "fd00::/8", or one address.
struct IpRange {
  IpAddress first;
  int prefix_bits = 128;  // Of the 128: an IPv4 /8 is 104.

  static Result<IpRange> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

// Which addresses requests may go to. `allow` opens exactly its own ranges, whatever else is
// refused; `deny` wins over everything. Source: design §7; docs/adr/.
struct EgressPolicy {
  bool private_ok = false;  // RFC 1918 and unique-local allowed; loopback and link-local never.
  std::vector<IpRange> allow;
  std::vector<IpRange> deny;
  std::vector<std::string> allow_hosts;  // Host names that may use plain http.
};

// Success, or kForbidden with a sentence that names the range and the setting that opens it.
Status check_address(const EgressPolicy& policy, const IpAddress& address);

// Where a URL leads, split for connecting. `target` is the path and query exactly as given.
struct EndpointUrl {
  enum class Scheme : std::uint8_t { kHttp, kHttps };
  Scheme scheme = Scheme::kHttps;
  std::string host;  // Lower case, IDN in ASCII form; IPv6 without brackets.
  std::uint16_t port = 443;
  std::string target;       // "/hook?x=1"; "/" when the URL has no path.
  std::string host_header;  // Host as it goes on the wire, with the port when not the default.
  bool host_is_address = false;
};

// Parses a URL as a merchant typed it and checks all that can be checked without resolving:
// scheme, no user info, canonical host, port, length, https unless the policy allows http there,
// and literal addresses by check_address(). Errors: kInvalidInput or kForbidden, with the fix.
// Source: research on SSRF in docs/adr/; WHATWG URL host rules for odd IPv4 forms (refused).
Result<EndpointUrl> parse_endpoint_url(std::string_view url, const EgressPolicy& policy);

}  // namespace returnflows
