#include "returnflows/events/json_scan.h"

#include <algorithm>
#include <string>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

constexpr std::string_view kJsonSpace = " \t\n\r";

bool is_json_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_json_space(text[at]))
    ++at;
  return at;
}

// The place after the string whose opening quote stands at `at`; the end of the text when the
// string is not closed.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// The place of the comma or closing bracket that ends the value starting at `at`, or the end of the
// text. Brackets are counted, not matched by kind: validating is not done here.
std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
    ++at;
  }
  return at;
}

// The place after the colon of the member that starts at or after `at`.
std::size_t skip_member_name(std::string_view text, std::size_t at) {
  at = skip_space(text, skip_string(text, skip_space(text, at)));
  RF_CHECK(at < text.size() && text[at] == ':');
  return at + 1;
}

// The place of the opening quote of the string whose closing quote stands at `at`. A quote inside
// of a string has an odd number of backslashes before it, the opening one has none.
std::size_t skip_string_back(std::string_view text, std::size_t at) {
  while (true) {
    RF_CHECK(at > 0);
    --at;
    if (text[at] != '"') continue;
    std::size_t backslashes = 0;
    while (backslashes < at && text[at - 1 - backslashes] == '\\')
      ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
}

// The place of the comma before the last member of the object whose text ends at `to`.
std::size_t skip_member_back(std::string_view text, std::size_t to) {
  std::size_t depth = 0;
  std::size_t at = to;
  while (true) {
    RF_CHECK(at > 0);
    --at;
    switch (text[at]) {
      case '"':
        at = skip_string_back(text, at);
        break;
      case '}':
      case ']':
        ++depth;
        break;
      case '{':
      case '[':
        RF_CHECK(depth > 0);
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
  }
}

auto too_many(std::size_t count_max) {
  return fail(ErrorCode::kTooLarge,
              "A batch holds at most " + std::to_string(count_max) +
                  " events; send the rest in another one.");
}

auto broken_array(std::string sentence) {
  return fail(ErrorCode::kInvalidInput, std::move(sentence));
}

}  // namespace

std::string_view trim_json_space(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kJsonSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kJsonSpace) - from + 1);
}

std::string_view member_value_span(std::string_view object,
                                   std::size_t member_index,
                                   std::size_t member_count) {
  RF_CHECK(member_index < member_count);
  const std::string_view text = trim_json_space(object);
  RF_CHECK(text.size() >= 2 && text.front() == '{' && text.back() == '}');
  // The value is reached from both ends over its neighbours, which are small, and never read
  // itself: `data` may be 256 KiB long.
  std::size_t from = 1;
  for (std::size_t i = 0; i < member_index; ++i) {
    from = skip_value(text, skip_member_name(text, from)) + 1;
  }
  from = skip_member_name(text, from);
  std::size_t to = text.size() - 1;
  for (std::size_t i = member_count - 1; i > member_index; --i)
    to = skip_member_back(text, to);
  RF_CHECK(from < to);
  return trim_json_space(text.substr(from, to - from));
}

Result<std::vector<std::string_view>> split_array(std::string_view array,
                                                  std::size_t element_count_max) {
  const std::string_view text = trim_json_space(array);
  RF_CHECK(!text.empty() && text.front() == '[');
  std::vector<std::string_view> elements;
  std::size_t at = skip_space(text, 1);
  if (at < text.size() && text[at] == ']') {
    if (at + 1 != text.size()) return broken_array("Something follows the end of the array.");
    return elements;
  }
  while (true) {
    const std::size_t from = at;
    at = skip_value(text, at);
    if (at == text.size()) return broken_array("The array has no closing bracket.");
    const std::string_view element = trim_json_space(text.substr(from, at - from));
    if (element.empty()) {
      return broken_array("Element " + std::to_string(elements.size()) +
                          " of the array is empty; is there a comma too many?");
    }
    if (elements.size() == element_count_max) return too_many(element_count_max);
    elements.push_back(element);
    if (text[at] != ',') break;
    ++at;
  }
  if (text[at] != ']') return broken_array("The array is closed by the wrong bracket.");
  if (at + 1 != text.size()) return broken_array("Something follows the end of the array.");
  return elements;
}

Result<std::vector<std::string_view>> split_lines(std::string_view text,
                                                  std::size_t line_count_max) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    const std::string_view line = trim_json_space(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.empty()) continue;
    if (lines.size() == line_count_max) return too_many(line_count_max);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace returnflows
