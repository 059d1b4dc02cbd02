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

std::string_view member_value_span(std::string_view object, std::size_t member_index) {
  std::size_t at = object.find('{');
  RF_CHECK(at != std::string_view::npos);
  for (std::size_t member = 0;; ++member) {
    at = skip_space(object, at + 1);  // The opening bracket or the comma before.
    at = skip_space(object, skip_string(object, at));
    RF_CHECK(at < object.size() && object[at] == ':');
    const std::size_t value_from = at + 1;
    at = skip_value(object, value_from);
    if (member == member_index) {
      return trim_json_space(object.substr(value_from, at - value_from));
    }
    RF_CHECK(at < object.size() && object[at] == ',');
  }
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
