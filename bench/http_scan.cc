#include "bench/http_scan.h"

#include <algorithm>
#include <charconv>

#include <strings.h>

namespace returnflows::bench {
namespace {

constexpr std::string_view kLength = "content-length:";

std::size_t content_length(std::string_view head) {
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line)) {
    line += 2;
    if (head.size() - line <= kLength.size() || (head[line] | 0x20) != 'c') continue;
    if (::strncasecmp(head.data() + line, kLength.data(), kLength.size()) != 0) continue;
    std::string_view digits = head.substr(line + kLength.size());
    digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
    std::size_t length = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
    return length;
  }
  return 0;
}

}  // namespace

std::optional<HttpMessage> scan_message(std::string_view buffer) {
  const std::size_t head_end = buffer.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  const std::string_view head = buffer.substr(0, head_end);
  const std::size_t body_at = head_end + 4;
  const std::size_t body_bytes = content_length(head);
  if (buffer.size() - body_at < body_bytes) return std::nullopt;
  return HttpMessage{.first_line = head.substr(0, head.find("\r\n")),
                     .body = buffer.substr(body_at, body_bytes),
                     .bytes = body_at + body_bytes};
}

int status_of(std::string_view first_line) {
  const std::size_t space = first_line.find(' ');
  if (!first_line.starts_with("HTTP/") || space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(first_line.data() + space + 1, first_line.data() + first_line.size(), status);
  return status;
}

std::string_view target_of(std::string_view first_line) {
  const std::size_t from = first_line.find(' ');
  if (from == std::string_view::npos) return {};
  const std::size_t to = first_line.find(' ', from + 1);
  return first_line.substr(from + 1, to == std::string_view::npos ? to : to - from - 1);
}

}  // namespace returnflows::bench
