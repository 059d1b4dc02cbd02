#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/delivery/signing.h"

namespace returnflows {

// All that one request says. Views must outlive the call that takes them; none of them may hold
// CR or LF (targets and hosts come from parse_endpoint_url(), ids and names from closed alphabets).
struct RequestParts {
  std::string_view target;       // "/hook?x=1"
  std::string_view host_header;  // "erp.example:8443"
  std::string_view user_agent;   // "Returnflows/1.0.0"
  std::string_view event_id;     // Of the event, the same on every try.
  std::string_view event_type;
  std::string_view delivery_id;
  int attempt_number = 1;
  std::int64_t timestamp_seconds = 0;  // Of this attempt: receivers compare it with their clock.
  std::string_view body;
  const Signer* signer = nullptr;           // Never null.
  const Signer* previous_signer = nullptr;  // While a secret is being rotated.
};

// Appends the whole request, head and body, to `out`: one buffer that goes to the socket as it is.
// Pure. Source: design §7, "Wire contract to receivers"; docs/receiving/verify.md.
void append_request(std::string& out, const RequestParts& parts);

}  // namespace returnflows
