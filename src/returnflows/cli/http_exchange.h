#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/cli/client_url.h"

namespace returnflows {

struct HttpHeader {
  std::string name;
  std::string value;
};

// One request on a connection of its own. `target` replaces that of the URL unless it is empty.
struct HttpRequest {
  std::string method = "GET";
  ClientUrl url = {};
  std::string target = {};
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  std::string ca_file = {};  // Trusted besides the system's authorities; empty: those only.
  // From connecting to the last byte; of a stream, the longest silence.
  std::chrono::milliseconds timeout = std::chrono::seconds{30};
};

struct HttpAnswer {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;

  // The value of a header, "" when it is absent. Names are compared without regard to case.
  std::string_view header(std::string_view name) const;
};

// The `reason` of errors that mean: nothing came back from there.
inline constexpr std::string_view kCannotConnect = "cannot_connect";

// Sends a request and reads the whole answer, whatever its status. Redirects are not followed.
//
// Errors: kUnavailable or kTimeout with reason kCannotConnect; `detail` names the host and what
// failed (name, connection, certificate, answer). kTooLarge beyond limits::kClientAnswerBytesMax.
// Blocks the caller. Certificates are checked, names included; TLS 1.2 at least.
Result<HttpAnswer> http_exchange(const HttpRequest& request);

// What becomes of an answer that goes on.
struct StreamHandler {
  // The head of the answer; false ends the exchange (its body is then read and put into the answer,
  // as far as a problem document is long).
  std::function<bool(const HttpAnswer& head)> on_head;
  // Bytes of the body as they come; false ends the exchange.
  std::function<bool(std::string_view bytes)> on_bytes;
};

// The same for an answer that does not end by itself. Returns when a handler says so or when the
// other side ends the answer. The result carries the body only when `on_head` said false.
Result<HttpAnswer> http_stream(const HttpRequest& request, const StreamHandler& handler);

}  // namespace returnflows
