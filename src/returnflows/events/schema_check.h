#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/result.h"
#include "returnflows/events/json_schema.h"

namespace returnflows {

// One step of the way from the root of a document to a value. The steps live on the stack of the
// walk, so that a pointer's text is only made when something is wrong. nullptr is the root.
struct PathStep {
  const PathStep* parent = nullptr;
  std::optional<std::string_view> key;  // Absent: an element of an array, number `index`.
  std::size_t index = 0;
};

// The RFC 6901 pointer of the value that `step` leads to.
std::string json_pointer(const PathStep* step);

// Walks a parsed document, checks it against a schema and refuses keys that stand twice in one
// object, also where the schema knows nothing: readers differ on which of the two counts, and a
// signature must not cover what can be read in two ways.
//
// Thread: one at a time. Keeps its scratch memory between calls.
class SchemaChecker {
 public:
  // Appends one error for each wrong field to `errors`, up to limits::kFieldErrorsMax in all. A
  // `node` of nullptr allows any value. The depth of `value` must be bounded by who parsed it.
  void check(simdjson::dom::element value,
             const SchemaNode* node,
             const PathStep* at,
             std::vector<FieldError>& errors);

 private:
  void check_value(simdjson::dom::element value, const SchemaNode* node, const PathStep* at);
  void check_object(simdjson::dom::object object, const SchemaNode* node, const PathStep* at);
  void check_unknown_keys(std::size_t first_key, const PathStep* at);
  void check_array(simdjson::dom::array array, const SchemaNode* node, const PathStep* at);
  void check_text(std::string_view text, const SchemaNode& node, const PathStep* at);
  void check_number(simdjson::dom::element value, const SchemaNode& node, const PathStep* at);
  bool check_type(std::uint8_t bit, const SchemaNode& node, const PathStep* at);
  void report(const PathStep* at, std::string sentence);
  bool is_full() const;

  std::vector<FieldError>* errors_ = nullptr;
  std::vector<std::string_view> unknown_keys_;  // A stack: each object on the way has its part.
};

// The value of a JSON integer, also when it is written as 1.0; nullopt for anything else and for
// what does not fit.
std::optional<std::int64_t> integer_of(simdjson::dom::element value);

}  // namespace returnflows
