#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// One request, parsed. Lives in its connection while it is handled; the views point into it.
struct Request {
  std::string_view method;  // "GET"
  std::string_view path;    // As sent, without the query.
  std::string_view query;   // Behind the "?", still percent-encoded.
  std::string_view body;
  std::string_view remote;  // The peer's address, for logs.
  // Finds a header by its lower- or upper-case name; empty when it is absent.
  std::function<std::string_view(std::string_view name)> header;
};

// Writes the chunks of an answer that has no end of its own (an event stream).
class StreamWriter {
 public:
  StreamWriter() = default;
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;
  virtual ~StreamWriter() = default;

  // Sends `bytes`; returns false when the peer has gone or the server stops.
  virtual Task<bool> write(std::string bytes) = 0;

  // True once the peer has gone or the server stops.
  virtual bool closed() const = 0;
};

// One answer. Errors are made by problem() only.
struct Response {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  // Further headers, names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  // Set for a stream: called after the head has been sent; `body` is unused then.
  std::function<Task<void>(StreamWriter*)> stream;
};

// Decodes %XX; with `plus_is_space` also "+", as in a query. Errors: kInvalidInput for a broken
// escape.
Result<std::string> decode_percent(std::string_view text, bool plus_is_space);

// The pairs of a query string, decoded, in order. Errors: kInvalidInput.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// "OK" for 200 and so on.
std::string_view status_reason(int status);

}  // namespace returnflows
