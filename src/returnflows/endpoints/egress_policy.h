#pragma once

#include <string>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/endpoints/ip_address.h"

namespace returnflows {

// Which addresses requests may go to. `allow` opens exactly its own ranges, whatever else is
// refused; `deny` wins over everything. Source: design §7; docs/adr/.
struct EgressPolicy {
  // RFC 1918, shared (100.64.0.0/10) and unique-local addresses are open; loopback, link-local and
  // cloud metadata addresses never are.
  bool private_ok = false;
  std::vector<IpRange> allow = {};
  std::vector<IpRange> deny = {};
  // Host names that may use plain http and may be local names ("erp", "erp.internal"). The
  // addresses behind them are still checked.
  std::vector<std::string> allow_hosts = {};
};

// Success, or kForbidden with a sentence that names the range and the setting that opens it.
// Call it with each address that a host resolves to, just before connecting to that very address.
// Thread: any. Source: IANA special-purpose registries (RFC 6890 and what followed it).
Status check_address(const EgressPolicy& policy, const IpAddress& address);

}  // namespace returnflows
