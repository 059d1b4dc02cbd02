#include "returnflows/cli/json_text.h"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"

namespace returnflows {
namespace {

bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

std::size_t skip_space(std::string_view json, std::size_t at) {
  while (at < json.size() && is_space(json[at])) {
    ++at;
  }
  return at;
}

// One past the closing quote of the string that starts at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  ++at;
  while (at < json.size() && json[at] != '"') {
    at += json[at] == '\\' ? 2 : 1;
  }
  return at < json.size() ? at + 1 : json.size();
}

// One past the end of the value that starts at `at`.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  while (at < json.size()) {
    const char character = json[at];
    if (character == '"') {
      at = end_of_string(json, at);
    } else if (character == '{' || character == '[') {
      ++depth;
      ++at;
      continue;
    } else if (character == '}' || character == ']') {
      if (depth > 0) --depth;
      ++at;
    } else if (character == ',' || character == ':' || is_space(character)) {
      ++at;
      continue;
    } else {
      while (at < json.size() && !std::string_view{",:]} \t\r\n"}.contains(json[at])) {
        ++at;
      }
    }
    if (depth == 0) return at;
  }
  return at;
}

// Walks over the items of an object or an array; `json` starts with its bracket.
std::vector<JsonMember> items_of(std::string_view json, char open) {
  std::vector<JsonMember> items;
  std::size_t at = skip_space(json, 0);
  if (at >= json.size() || json[at] != open) return items;
  at = skip_space(json, at + 1);
  while (at < json.size() && json[at] != '}' && json[at] != ']') {
    JsonMember item;
    if (open == '{') {
      const std::size_t end = end_of_string(json, at);
      if (end < at + 2) break;
      item.name = json.substr(at + 1, end - at - 2);
      at = skip_space(json, end);
      if (at < json.size() && json[at] == ':') ++at;
      at = skip_space(json, at);
    }
    const std::size_t end = end_of_value(json, at);
    if (end <= at) break;
    item.value = json.substr(at, end - at);
    items.push_back(item);
    at = skip_space(json, end);
    if (at < json.size() && json[at] == ',') at = skip_space(json, at + 1);
  }
  return items;
}

class PrettyPrinter {
 public:
  std::string print(std::string_view json) {
    value(json.substr(skip_space(json, 0)));
    return std::move(out_);
  }

 private:
  void value(std::string_view json) {
    if (json.empty()) return;
    if (json.front() == '{' || json.front() == '[') {
      container(json);
    } else {
      out_ += json.substr(0, end_of_value(json, 0));
    }
  }

  void container(std::string_view json) {
    const char open = json.front();
    const auto items = items_of(json, open);
    out_ += open;
    ++depth_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      new_line();
      if (open == '{') {
        out_ += '"';
        out_ += items[i].name;
        out_ += "\": ";
      }
      // Deeper than any document of ours: written as it is, so that no input exhausts the stack.
      if (depth_ > limits::kJsonDepthMax) {
        out_ += items[i].value;
      } else {
        value(items[i].value);
      }
      if (i + 1 < items.size()) out_ += ',';
    }
    --depth_;
    if (!items.empty()) new_line();
    out_ += open == '{' ? '}' : ']';
  }

  void new_line() {
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  std::string out_;
  std::size_t depth_ = 0;
};

// The first name of a dotted path; `path` is left with the rest.
std::string_view next_name(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  return name;
}

std::string_view element_at(std::string_view json, std::string_view index_text) {
  std::size_t index = 0;
  const char* end = index_text.data() + index_text.size();
  const auto [stop, error] = std::from_chars(index_text.data(), end, index);
  const auto elements = json_elements(json);
  if (error != std::errc{} || stop != end || index >= elements.size()) return {};
  return elements[index];
}

// `json` with a member added behind the others.
std::string with_member(std::string_view json, std::string_view name, std::string_view value) {
  std::string out{json.substr(0, json.rfind('}'))};
  if (!json_members(json).empty()) out += ',';
  out += json_quote(name);
  out += ':';
  out += value;
  out += '}';
  return out;
}

std::string replaced(std::string_view json, std::string_view part, std::string_view value) {
  const auto at = static_cast<std::size_t>(part.data() - json.data());
  std::string out{json.substr(0, at)};
  out += value;
  out += json.substr(at + part.size());
  return out;
}

}  // namespace

Status check_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  boost::json::parser parser({}, options);
  boost::json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (!error) return {};
  return fail(ErrorCode::kInvalidInput, "it is not valid JSON: " + error.message());
}

std::string pretty_json(std::string_view json) {
  return PrettyPrinter().print(json);
}

std::string compact_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    if (is_space(json[at])) {
      ++at;
    } else if (json[at] == '"') {
      const std::size_t end = end_of_string(json, at);
      out += json.substr(at, end - at);
      at = end;
    } else {
      out += json[at++];
    }
  }
  return out;
}

std::vector<std::string_view> json_elements(std::string_view json) {
  std::vector<std::string_view> elements;
  for (const JsonMember& item : items_of(json, '[')) {
    elements.push_back(item.value);
  }
  return elements;
}

std::vector<JsonMember> json_members(std::string_view json) {
  return items_of(json, '{');
}

std::string_view json_member(std::string_view json, std::string_view name) {
  for (const JsonMember& member : json_members(json)) {
    if (member.name == name) return member.value;
  }
  return {};
}

std::string json_to_text(std::string_view value) {
  if (value == "null") return {};
  if (!value.starts_with('"')) return compact_json(value);
  boost::json::error_code error;
  const auto parsed = boost::json::parse({value.data(), value.size()}, error);
  if (error || !parsed.is_string()) return std::string{value};
  return std::string{parsed.get_string()};
}

std::string_view json_at(std::string_view json, std::string_view path) {
  json.remove_prefix(skip_space(json, 0));
  while (!path.empty() && !json.empty()) {
    const std::string_view name = next_name(path);
    json = json.starts_with('[') ? element_at(json, name) : json_member(json, name);
  }
  return json;
}

Result<std::string> set_json_value(std::string_view json,
                                   std::string_view path,
                                   std::string_view new_value) {
  if (path.empty() || path.starts_with('.') || path.ends_with('.') || path.contains("..")) {
    return fail(ErrorCode::kInvalidInput, "'" + std::string{path} + "' is not a path; write a.b.c");
  }
  std::string_view rest = path;
  std::string_view here = json.substr(skip_space(json, 0));
  while (true) {
    const std::string_view name = next_name(rest);
    const bool is_array = here.starts_with('[');
    if (!is_array && !here.starts_with('{')) {
      return fail(ErrorCode::kInvalidInput,
                  "there is no place '" + std::string{path} + "': what stands before '" +
                      std::string{name} + "' is " + std::string{here.substr(0, 40)});
    }
    const std::string_view found = is_array ? element_at(here, name) : json_member(here, name);
    if (found.empty()) {
      if (is_array || !rest.empty()) {
        return fail(ErrorCode::kInvalidInput,
                    "there is no '" + std::string{name} + "' in '" + std::string{path} + "'");
      }
      return replaced(json, here, with_member(here, name, new_value));
    }
    if (rest.empty()) return replaced(json, found, new_value);
    here = found;
  }
}

std::string json_quote(std::string_view text) {
  return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

}  // namespace returnflows
