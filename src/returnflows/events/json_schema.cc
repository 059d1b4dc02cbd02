#include "returnflows/events/json_schema.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include <simdjson.h>

#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;

std::optional<std::uint8_t> type_bit(std::string_view name) {
  if (name == "null") return kNullBit;
  if (name == "boolean") return kBooleanBit;
  if (name == "integer") return kIntegerBit;
  if (name == "string") return kStringBit;
  if (name == "array") return kArrayBit;
  if (name == "object") return kObjectBit;
  return std::nullopt;
}

// A general matcher of regular expressions would be slow and could be made to hang; the files need
// only these.
std::optional<TextRule> pattern_rule(std::string_view pattern) {
  if (pattern == R"(^-?[0-9]+(\.[0-9]+)?$)") return TextRule::kDecimal;
  if (pattern == "^[A-Z]{3}$") return TextRule::kCurrency;
  if (pattern == R"(^[^\u0000-\u001f\u007f]*$)") return TextRule::kNoControls;
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = std::ranges::find_if_not(text, is_digit);
  if (point == text.begin()) return false;
  if (point == text.end()) return true;
  return *point == '.' && point + 1 != text.end() && std::all_of(point + 1, text.end(), is_digit);
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has_no_controls(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Names differ most in their length and at their ends.
std::size_t slot_of(std::string_view name) {
  if (name.empty()) return 0;
  const auto byte = [](char c) { return std::size_t{static_cast<unsigned char>(c)}; };
  return name.size() * 0x9E5U + byte(name.front()) * 0x35U + byte(name[name.size() / 2]) * 0x1BU +
         byte(name.back()) * 0x0BU;
}

Status refuse(const std::string& place, std::string_view what) {
  return fail(ErrorCode::kInvalidInput, "schema at '" + place + "': " + std::string{what});
}

}  // namespace

Status PropertyTable::add(std::string_view name, const SchemaNode* node) {
  if (const auto number = find(name)) {
    if (properties_[*number].node != nullptr || node == nullptr) {
      return fail(ErrorCode::kInvalidInput, "the property is described twice");
    }
    properties_[*number].node = node;
    return {};
  }
  if (properties_.size() == kPropertiesMax) {
    return fail(ErrorCode::kInvalidInput, "an object has more than 64 properties");
  }
  properties_.push_back({std::string{name}, node});
  rebuild_slots();
  return {};
}

void PropertyTable::rebuild_slots() {
  slots_.assign(std::bit_ceil(properties_.size() * 4), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t number = 0; number < properties_.size(); ++number) {
    std::size_t slot = slot_of(properties_[number].name) & mask;
    while (slots_[slot] != 0)
      slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint8_t>(number + 1);
  }
}

std::optional<std::size_t> PropertyTable::find(std::string_view name, std::size_t guess) const {
  if (slots_.empty()) return std::nullopt;
  if (guess < properties_.size() && properties_[guess].name == name) return guess;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = slot_of(name) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t number = slots_[slot] - 1U;
    if (properties_[number].name == name) return number;
  }
  return std::nullopt;
}

bool SchemaNode::is_same_leaf(const SchemaNode& other) const {
  const auto is_leaf = [](const SchemaNode& node) {
    return node.properties.all().empty() && node.items == nullptr;
  };
  return is_leaf(*this) && is_leaf(other) && types == other.types && text_rule == other.text_rule &&
         length_min == other.length_min && length_max == other.length_max &&
         minimum == other.minimum && maximum == other.maximum && constant == other.constant &&
         example == other.example;
}

bool obeys(TextRule rule, std::string_view text) {
  switch (rule) {
    case TextRule::kAny:
      return true;
    case TextRule::kDateTime:
      return parse_rfc3339(text).has_value();
    case TextRule::kDecimal:
      return is_decimal(text);
    case TextRule::kCurrency:
      return is_currency(text);
    case TextRule::kNoControls:
      return has_no_controls(text);
  }
  return false;
}

// Turns one schema document into nodes. `place` is where in the document it is, for messages.
class SchemaCompiler {
 public:
  explicit SchemaCompiler(dom::element document) : document_(document) {}

  Result<JsonSchema> run() {
    RF_TRY(const SchemaNode* root, compile(document_, "#"));
    schema_.root_ = root;
    return std::move(schema_);
  }

 private:
  Result<const SchemaNode*> compile(dom::element element, const std::string& place) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) {
      return std::unexpected(refuse(place, "must be an object").error());
    }
    // A bare reference shares the target's node.
    if (object.size() == 1) {
      const dom::key_value_pair only = *object.begin();
      if (only.key == "$ref") return resolve(only.value, place);
    }
    SchemaNode node;
    RF_TRY_STATUS(start_from_reference(node, object, place));
    std::optional<dom::element> required;
    for (const dom::key_value_pair field : object) {
      if (field.key == "required") {
        required = field.value;  // Names properties, so these must be known first.
        continue;
      }
      RF_TRY_STATUS(read_keyword(node, field.key, field.value, place));
    }
    if (required) RF_TRY_STATUS(read_required(node, *required, place));
    return keep(std::move(node));
  }

  // Most of the leaves are the same few: sharing them keeps the tree in the processor's cache.
  const SchemaNode* keep(SchemaNode node) {
    const auto same = std::ranges::find_if(
        schema_.nodes_, [&node](const SchemaNode& other) { return node.is_same_leaf(other); });
    if (same != schema_.nodes_.end()) return &*same;
    return &schema_.nodes_.emplace_back(std::move(node));
  }

  // Takes over the target of `$ref`, or of the nullable form of it, before the other keywords.
  Status start_from_reference(SchemaNode& node, dom::object object, const std::string& place) {
    dom::element reference;
    if (object["$ref"].get(reference) == simdjson::SUCCESS) {
      RF_TRY(const SchemaNode* target, resolve(reference, place));
      node = *target;
    }
    dom::element choices;
    if (object["anyOf"].get(choices) != simdjson::SUCCESS) return {};
    dom::array pair;
    std::string_view second_type;
    const bool is_nullable_form = choices.get(pair) == simdjson::SUCCESS && pair.size() == 2 &&
                                  pair.at(0)["$ref"].get(reference) == simdjson::SUCCESS &&
                                  pair.at(1)["type"].get(second_type) == simdjson::SUCCESS &&
                                  second_type == "null";
    if (!is_nullable_form) {
      return refuse(place, "anyOf is understood only as [{$ref}, {type: null}]");
    }
    RF_TRY(const SchemaNode* target, resolve(reference, place));
    node = *target;
    node.types |= kNullBit;
    return {};
  }

  Result<const SchemaNode*> resolve(dom::element reference, const std::string& place) {
    std::string_view target;
    if (reference.get(target) != simdjson::SUCCESS || !target.starts_with("#/$defs/")) {
      return std::unexpected(refuse(place, "$ref must point into #/$defs/").error());
    }
    const std::string name{target.substr(8)};
    if (const auto known = definitions_.find(name); known != definitions_.end()) {
      if (known->second != nullptr) return known->second;
      return std::unexpected(refuse(place, "$ref goes round in a circle at " + name).error());
    }
    dom::element definition;
    if (document_["$defs"][name].get(definition) != simdjson::SUCCESS) {
      return std::unexpected(refuse(place, "there is no definition of " + name).error());
    }
    definitions_[name] = nullptr;  // Marks that it is being compiled.
    RF_TRY(const SchemaNode* node, compile(definition, "#/$defs/" + name));
    definitions_[name] = node;
    return node;
  }

  Status read_keyword(SchemaNode& node,
                      std::string_view keyword,
                      dom::element value,
                      const std::string& place) {
    if (keyword == "$schema" || keyword == "$defs" || keyword == "title" ||
        keyword == "description" || keyword == "$ref" || keyword == "anyOf") {
      return {};  // Notes, or read before.
    }
    if (keyword == "type") return read_type(node, value, place);
    if (keyword == "properties") return read_properties(node, value, place);
    if (keyword == "examples") return read_examples(node, value, place);
    if (keyword == "items") {
      RF_TRY(node.items, compile(value, place + "/items"));
      return {};
    }
    if (keyword == "minLength") return read_bound(node.length_min, value, place);
    if (keyword == "maxLength") return read_bound(node.length_max, value, place);
    if (keyword == "minimum") return read_bound(node.minimum, value, place);
    if (keyword == "maximum") return read_bound(node.maximum, value, place);
    return read_text_keyword(node, keyword, value, place);
  }

  static Status read_text_keyword(SchemaNode& node,
                                  std::string_view keyword,
                                  dom::element value,
                                  const std::string& place) {
    std::string_view text;
    const bool is_text = value.get(text) == simdjson::SUCCESS;
    if (keyword == "const" && is_text) {
      node.constant = std::string{text};
      node.types &= kStringBit;
      return {};
    }
    std::optional<TextRule> rule;
    if (keyword == "pattern" && is_text) rule = pattern_rule(text);
    if (keyword == "format" && is_text && text == "date-time") rule = TextRule::kDateTime;
    if (!rule || node.text_rule != TextRule::kAny) {
      return refuse(place, "'" + std::string{keyword} + "' is not understood here");
    }
    node.text_rule = *rule;
    return {};
  }

  static Status read_type(SchemaNode& node, dom::element value, const std::string& place) {
    std::uint8_t types = 0;
    dom::array names;
    std::string_view name;
    if (value.get(name) == simdjson::SUCCESS) {
      types = type_bit(name).value_or(0);
    } else if (value.get(names) == simdjson::SUCCESS) {
      for (const dom::element each : names) {
        const auto bit = each.get(name) == simdjson::SUCCESS ? type_bit(name) : std::nullopt;
        if (!bit) return refuse(place, "unknown type");
        types |= *bit;
      }
    }
    if (types == 0) return refuse(place, "unknown type");
    node.types &= types;
    return {};
  }

  Status read_properties(SchemaNode& node, dom::element value, const std::string& place) {
    dom::object members;
    if (value.get(members) != simdjson::SUCCESS) return refuse(place, "properties: an object");
    for (const dom::key_value_pair member : members) {
      const std::string member_place = place + "/properties/" + std::string{member.key};
      RF_TRY(const SchemaNode* child, compile(member.value, member_place));
      const Status added = node.properties.add(member.key, child);
      if (!added) return refuse(member_place, added.error().detail);
    }
    return {};
  }

  static Status read_required(SchemaNode& node, dom::element value, const std::string& place) {
    dom::array names;
    if (value.get(names) != simdjson::SUCCESS) return refuse(place, "required: a list of names");
    for (const dom::element each : names) {
      std::string_view name;
      if (each.get(name) != simdjson::SUCCESS) return refuse(place, "required: a list of names");
      auto number = node.properties.find(name);
      // In a definition that others add properties to, a name may be described later.
      if (!number) {
        RF_TRY_STATUS(node.properties.add(name, nullptr));
        number = node.properties.find(name);
      }
      node.required |= std::uint64_t{1} << *number;
    }
    return {};
  }

  static Status read_examples(SchemaNode& node, dom::element value, const std::string& place) {
    dom::array examples;
    if (value.get(examples) != simdjson::SUCCESS || examples.size() == 0) {
      return refuse(place, "examples: a list that is not empty");
    }
    node.example = simdjson::minify(examples.at(0).value_unsafe());
    return {};
  }

  template <class Bound>
  static Status read_bound(Bound& bound, dom::element value, const std::string& place) {
    std::int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || !std::in_range<Bound>(number)) {
      return refuse(place, "a bound must be an integer");
    }
    bound = static_cast<Bound>(number);
    return {};
  }

  dom::element document_;
  JsonSchema schema_;
  std::map<std::string, const SchemaNode*> definitions_;
};

Result<JsonSchema> JsonSchema::compile(std::string_view text) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(simdjson::padded_string(text)).get(document) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, "the schema is not valid JSON");
  }
  return SchemaCompiler(document).run();
}

const SchemaNode* JsonSchema::property(const SchemaNode& node, std::string_view name) {
  const auto number = node.properties.find(name);
  return number ? node.properties.all()[*number].node : nullptr;
}

}  // namespace returnflows
