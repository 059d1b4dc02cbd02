#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/cli/client_url.h"
#include "returnflows/cli/event_stream_parser.h"
#include "returnflows/cli/http_exchange.h"

namespace returnflows {

// The `reason` of errors that mean: the server answered, and said no.
inline constexpr std::string_view kRefused = "refused";

// One call of the HTTP API.
struct ApiCall {
  std::string method = "GET";
  std::string path = {};  // "/v1/endpoints"; ids in it are percent-encoded by api_path().
  // Query parameters; those with an empty value are left out.
  std::vector<std::pair<std::string, std::string>> query = {};
  std::string body = {};  // JSON unless `content_type` says otherwise.
  std::string content_type = "application/json";
  std::string idempotency_key = {};
};

// Joins the parts of a path: api_path({"v1", "endpoints", id, "pause"}).
std::string api_path(std::initializer_list<std::string_view> parts);

// The HTTP API as the commands see it. Each call is a connection of its own: a command makes few.
// Thread: one at a time; blocks.
class ApiClient {
 public:
  struct Options {
    ClientUrl server = {};
    Secret api_key = {};        // Empty: none is sent.
    std::string merchant = {};  // Sent as Returnflows-Merchant unless empty.
    std::string ca_file = {};
  };

  explicit ApiClient(Options options) : options_(std::move(options)) {}

  // The body of a 2xx answer, "" of a 204.
  // Errors: reason kRefused with what describe_problem() says and a code that tells whether to try
  // again, or those of http_exchange().
  Result<std::string> call(const ApiCall& call) const;

  // What becomes of a stream of events.
  struct StreamEvents {
    std::function<void()> on_open;                     // The server has agreed.
    std::function<bool(const StreamEvent&)> on_event;  // False ends it.
  };

  // Reads GET /v1/events/stream until `on_event` returns false or the connection ends, which is no
  // error: call again to go on behind `parser.last_id()`.
  // Errors: as call(), and kTooLarge of the parser.
  Status follow_events(const ApiCall& call,
                       EventStreamParser& parser,
                       const StreamEvents& events) const;

  const ClientUrl& server() const { return options_.server; }

  const std::string& ca_file() const { return options_.ca_file; }

 private:
  HttpRequest request_for(const ApiCall& call) const;

  Options options_;
};

}  // namespace returnflows
