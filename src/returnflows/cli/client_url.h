#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// A URL that the command line itself connects to: the server, or the local program of `listen`.
// Nothing is refused here for where it leads: the person at the keyboard may go anywhere.
struct ClientUrl {
  bool tls = false;
  std::string host;  // IPv6 without brackets.
  std::uint16_t port = 80;
  std::string target;  // Path and query as given; "/" when there is no path.
  std::string text;    // As given.

  // Host with brackets and port as the Host header wants it.
  std::string host_header() const;
};

// Parses an http or https URL; "localhost:8080" and "8080" are completed to http://localhost:8080.
// Errors: kInvalidInput with an example.
Result<ClientUrl> parse_client_url(std::string_view text);

// `text` with everything but letters, digits and -._~ written as %XX (RFC 3986 §2.1).
std::string percent_encode(std::string_view text);

}  // namespace returnflows
