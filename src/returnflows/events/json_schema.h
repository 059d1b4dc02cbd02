#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"

namespace returnflows {

// A JSON Schema, compiled into a tree that a value can be checked against without looking at the
// schema's text again. It understands what the files in schemas/ use and nothing else, so that a
// rule which is published is always one that is checked:
//
//   type (a name or a list; not "number": money is text), properties (at most 64), required, items
//   (one schema), const (a string), pattern (one of a few, see pattern_rule()), format
//   ("date-time"), minLength, maxLength, minimum, maximum (integers), $ref to "#/$defs/…", also
//   with `properties` beside it that add to those of the target, anyOf of a $ref and
//   {"type":"null"}, and $schema, $defs, title, description, examples, which check nothing.
//
// `examples` are used for messages: the first one shows how a wrong value should have looked.
// Source: https://json-schema.org/draft/2020-12/json-schema-core and -validation.

// Bits of the JSON types that a value may have.
enum JsonTypeBit : std::uint8_t {
  kNullBit = 1,
  kBooleanBit = 2,
  kIntegerBit = 4,
  kStringBit = 8,
  kArrayBit = 16,
  kObjectBit = 32,
  kNumberBit = 64,  // A number with a fraction: allowed only where any type is.
};

inline constexpr std::uint8_t kAnyTypeBits = 0x7F;

// What `pattern` and `format` ask of a string.
enum class TextRule : std::uint8_t {
  kAny,
  kDateTime,    // format: date-time
  kDecimal,     // ^-?[0-9]+(\.[0-9]+)?$
  kCurrency,    // ^[A-Z]{3}$
  kNoControls,  // ^[^\u0000-\u001f\u007f]*$
};

struct SchemaNode;

// The known members of an object, found by name.
class PropertyTable {
 public:
  struct Property {
    std::string name;
    const SchemaNode* node = nullptr;
  };

  // A set of properties fits one machine word, so that marking what was seen costs nothing.
  static constexpr std::size_t kPropertiesMax = 64;

  // A `node` of nullptr stands for any value; a later add() of the same name may fill it in.
  // Errors: kInvalidInput when the name is described already or the table is full.
  Status add(std::string_view name, const SchemaNode* node);

  // The number of the property of that name. `guess` is looked at first: producers mostly send
  // members in the order of the schema, so the property after the last one is a good guess.
  std::optional<std::size_t> find(std::string_view name, std::size_t guess = 0) const;

  const std::vector<Property>& all() const { return properties_; }

 private:
  void rebuild_slots();

  std::vector<Property> properties_;
  // Open addressing over a power of two, at most a quarter full; 0 is free, else the property's
  // number plus one.
  std::vector<std::uint8_t> slots_;
};

// One (sub)schema.
struct SchemaNode {
  std::uint8_t types = kAnyTypeBits;
  TextRule text_rule = TextRule::kAny;
  std::size_t length_min = 0;  // In code points, as JSON Schema counts.
  std::size_t length_max = std::numeric_limits<std::size_t>::max();
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::optional<std::string> constant;
  PropertyTable properties;
  std::uint64_t required = 0;  // Bits by property number.
  const SchemaNode* items = nullptr;
  std::string example;  // Compact JSON; empty when the schema shows none.

  // True when both ask the same of a value and neither has anything below it.
  bool is_same_leaf(const SchemaNode& other) const;
};

// Owns the nodes. Thread: any, once compiled.
class JsonSchema {
 public:
  // Errors: kInvalidInput that names the place and what is not understood there.
  static Result<JsonSchema> compile(std::string_view text);

  JsonSchema(JsonSchema&&) = default;
  JsonSchema& operator=(JsonSchema&&) = default;
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;
  ~JsonSchema() = default;

  const SchemaNode& root() const { return *root_; }

  // The schema of member `name` of objects that fit `node`; nullptr when it has no such property.
  static const SchemaNode* property(const SchemaNode& node, std::string_view name);

 private:
  JsonSchema() = default;

  friend class SchemaCompiler;
  std::deque<SchemaNode> nodes_;  // A deque, because nodes point at each other.
  const SchemaNode* root_ = nullptr;
};

// True when `text` obeys `rule`.
bool obeys(TextRule rule, std::string_view text);

}  // namespace returnflows
