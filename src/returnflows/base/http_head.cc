#include "returnflows/base/http_head.h"

namespace returnflows {

HttpHead find_http_head(std::string_view bytes) {
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return {.state = HttpHead::State::kBroken};
    if (bytes.substr(0, at + 1).ends_with("\r\n\r\n")) {
      return {.state = HttpHead::State::kComplete, .bytes = at + 1};
    }
  }
  return {};
}

}  // namespace returnflows
