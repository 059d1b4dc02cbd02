#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// JSON as text: shown, cut and changed without reading numbers into doubles and back, so that what
// the user sees is what the server said. All functions take valid JSON (check_json()); on anything
// else they return what they can, never out of bounds.

// Errors: kInvalidInput with the reason.
Status check_json(std::string_view text);

// `json` with one member or element a line, two spaces of indent, no newline at the end.
std::string pretty_json(std::string_view json);

// `json` without white space between its parts.
std::string compact_json(std::string_view json);

// The elements of an array, or nothing when it is not one.
std::vector<std::string_view> json_elements(std::string_view json);

struct JsonMember {
  std::string_view name;  // As written, between its quotes.
  std::string_view value;
};

// The members of an object, or nothing when it is not one.
std::vector<JsonMember> json_members(std::string_view json);

// The value of a member, empty when it is absent. Names with escapes are not found.
std::string_view json_member(std::string_view json, std::string_view name);

// A value as people read it: strings without quotes and escapes, null as "", everything else
// compact.
std::string json_to_text(std::string_view value);

// Changes one value of `json`: `path` is names and array indexes with dots between them
// ("data.return.items.0.sku") and `new_value` is JSON. A last name that is missing is added to its
// object; the bytes of everything else stay as they are.
// Errors: kInvalidInput when the path leads through something that is no object or array, through a
// member that is missing, or beyond the end of an array.
Result<std::string> set_json_value(std::string_view json,
                                   std::string_view path,
                                   std::string_view new_value);

// The value at `path`, empty when there is none.
std::string_view json_at(std::string_view json, std::string_view path);

// `text` as a JSON string with its quotes.
std::string json_quote(std::string_view text);

}  // namespace returnflows
