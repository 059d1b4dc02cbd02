#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace returnflows {

// How far the head of an HTTP/1.x message has come: its first line and its header lines. Stricter
// than RFC 9112 §2.2, which allows to take a line feed alone as the end of a line.
struct HttpHead {
  enum class State : std::uint8_t {
    kNeedMore,  // The empty line at its end has not come.
    kComplete,  // `bytes` is its size, the empty line included.
    kBroken,    // A line ends with a line feed alone.
  };

  State state = State::kNeedMore;
  std::size_t bytes = 0;
};

// Looks at the beginning of a message. What it says depends on the bytes alone and not on how they
// came: more of them behind a complete or broken head change nothing.
HttpHead find_http_head(std::string_view bytes);

}  // namespace returnflows
