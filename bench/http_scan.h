#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace returnflows::bench {

// One whole HTTP/1.1 message at the begin of a buffer.
struct HttpMessage {
  std::string_view first_line;  // Without CRLF.
  std::string_view body;
  std::size_t bytes = 0;  // Head and body.
};

// Finds the message that `buffer` begins with; nullopt while it is not whole. Takes what the
// benchmark's own programs and Returnflows send: bodies by Content-Length, none without it. It
// checks nothing, because each microsecond here lowers the figure of what is measured.
std::optional<HttpMessage> scan_message(std::string_view buffer);

// The status of a response's first line; 0 when it is none.
int status_of(std::string_view first_line);

// The target of a request's first line: "/ok/0".
std::string_view target_of(std::string_view first_line);

}  // namespace returnflows::bench
