#include "returnflows/cli/event_stream_parser.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"

namespace returnflows {
namespace {

constexpr std::size_t kEventMax = 2 * limits::kEventBytesMax;

}  // namespace

Result<std::vector<StreamEvent>> EventStreamParser::feed(std::string_view bytes) {
  std::vector<StreamEvent> events;
  while (!bytes.empty()) {
    if (std::exchange(after_carriage_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + end > kEventMax || data_.size() > kEventMax) {
      return fail(ErrorCode::kTooLarge, "an event of the stream is too large");
    }
    line_.append(bytes.substr(0, end));
    if (end == bytes.size()) break;
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    take_line(line, events);
  }
  return events;
}

void EventStreamParser::start_connection() {
  line_.clear();
  type_.clear();
  data_.clear();
  has_data_ = false;
  after_carriage_return_ = false;
  first_line_ = true;
}

void EventStreamParser::take_line(std::string_view line, std::vector<StreamEvent>& out) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    if (has_data_) {
      data_.pop_back();  // The newline after the last data line.
      out.push_back(
          {.id = last_id_, .type = type_.empty() ? "message" : type_, .data = std::move(data_)});
    }
    type_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // A comment, such as a heartbeat.
  if (colon == std::string_view::npos) {
    take_field(line, {});
    return;
  }
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(line.substr(0, colon), value);
}

void EventStreamParser::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    data_.append(value).push_back('\n');
    has_data_ = true;
  } else if (name == "id") {
    if (!value.contains('\0')) last_id_ = value;
  } else if (name == "retry") {
    std::uint32_t milliseconds = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, milliseconds);
    if (error == std::errc{} && stop == end) retry_ = std::chrono::milliseconds{milliseconds};
  }
}

}  // namespace returnflows
