#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/endpoints/egress_policy.h"

namespace returnflows {

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
// and literal addresses by check_address(). A host name is checked again, by its addresses, when
// something connects to it.
//
// Errors: kInvalidInput or kForbidden, with the fix.
// Thread: any. Source: RFC 3986; research on SSRF in docs/adr/; WHATWG URL host rules for odd IPv4
// forms (refused here).
Result<EndpointUrl> parse_endpoint_url(std::string_view url, const EgressPolicy& policy);

}  // namespace returnflows
