#include "returnflows/events/schema_check.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <utility>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

namespace dom = simdjson::dom;
using simdjson::dom::element_type;

// Up to here comparing every pair is faster than sorting.
constexpr std::size_t kPairwiseKeysMax = 12;

std::string_view type_words(std::uint8_t bit) {
  switch (bit) {
    case kNullBit:
      return "null";
    case kBooleanBit:
      return "true or false";
    case kIntegerBit:
      return "an integer";
    case kStringBit:
      return "a string";
    case kArrayBit:
      return "an array";
    case kObjectBit:
      return "an object";
    default:
      return "a number";
  }
}

std::string example_words(const SchemaNode& node) {
  return node.example.empty() ? std::string{} : " such as " + node.example;
}

// "Must be a string or null such as "719.10", not a number."
std::string wrong_type_sentence(std::uint8_t actual, const SchemaNode& node) {
  std::string sentence = "Must be ";
  bool is_first = true;
  for (const std::uint8_t bit :
       {kObjectBit, kArrayBit, kStringBit, kIntegerBit, kBooleanBit, kNullBit}) {
    if ((node.types & bit) == 0) continue;
    if (!is_first) sentence += " or ";
    sentence += type_words(bit);
    if (is_first) sentence += example_words(node);
    is_first = false;
  }
  std::string_view found = type_words(actual);
  if (actual == kBooleanBit) found = "a boolean";
  if (actual == kNumberBit && (node.types & kIntegerBit) != 0) found = "a number with a fraction";
  return sentence + ", not " + std::string{found} + ".";
}

std::string wrong_text_sentence(const SchemaNode& node) {
  switch (node.text_rule) {
    case TextRule::kDateTime:
      return "Must be an RFC 3339 time such as \"2026-02-07T02:00:00.210Z\".";
    case TextRule::kDecimal:
      return "Must be a decimal number in a string" + example_words(node) + ".";
    case TextRule::kCurrency:
      return "Must be an ISO 4217 code of three capital letters" + example_words(node) + ".";
    case TextRule::kNoControls:
      return "Must not contain control characters.";
    case TextRule::kAny:
      break;
  }
  return "Is not valid.";
}

std::size_t code_point_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string with_plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string{noun} + (count == 1 ? "" : "s");
}

}  // namespace

std::string json_pointer(const PathStep* step) {
  std::vector<const PathStep*> way;
  for (; step != nullptr; step = step->parent)
    way.push_back(step);
  std::string pointer;
  for (const PathStep* each : std::views::reverse(way)) {
    pointer += '/';
    if (!each->key) {
      pointer += std::to_string(each->index);
      continue;
    }
    for (const char c : *each->key) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
  }
  return pointer;
}

std::optional<std::int64_t> integer_of(dom::element value) {
  std::int64_t integer = 0;
  if (value.get_int64().get(integer) == simdjson::SUCCESS) return integer;
  double number = 0;
  if (value.type() != element_type::DOUBLE || value.get_double().get(number) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (std::trunc(number) != number || number < -kLimit || number >= kLimit) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void SchemaChecker::check(dom::element value,
                          const SchemaNode* node,
                          const PathStep* at,
                          std::vector<FieldError>& errors) {
  errors_ = &errors;
  unknown_keys_.clear();
  check_value(value, node, at);
  errors_ = nullptr;
}

void SchemaChecker::check_value(dom::element value, const SchemaNode* node, const PathStep* at) {
  static const SchemaNode kAnyValue;
  const SchemaNode& rules = node == nullptr ? kAnyValue : *node;
  switch (value.type()) {
    case element_type::OBJECT:
      // What is not of the right type is still searched for keys that stand twice.
      check_object(value.get_object().value_unsafe(),
                   check_type(kObjectBit, rules, at) ? node : nullptr,
                   at);
      return;
    case element_type::ARRAY:
      check_array(
          value.get_array().value_unsafe(), check_type(kArrayBit, rules, at) ? node : nullptr, at);
      return;
    case element_type::STRING:
      if (check_type(kStringBit, rules, at)) {
        check_text(value.get_string().value_unsafe(), rules, at);
      }
      return;
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      check_number(value, rules, at);
      return;
    case element_type::BOOL:
      check_type(kBooleanBit, rules, at);
      return;
    case element_type::NULL_VALUE:
      check_type(kNullBit, rules, at);
      return;
  }
}

void SchemaChecker::check_object(dom::object object, const SchemaNode* node, const PathStep* at) {
  const std::size_t first_key = unknown_keys_.size();
  std::uint64_t seen = 0;
  std::size_t guess = 0;
  for (const dom::key_value_pair field : object) {
    if (is_full()) break;
    const PathStep step{.parent = at, .key = field.key};
    const auto number = node == nullptr ? std::nullopt : node->properties.find(field.key, guess);
    if (!number) {
      unknown_keys_.push_back(field.key);
      check_value(field.value, nullptr, &step);
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << *number;
    if ((seen & bit) != 0) report(&step, "This key stands twice in its object; send it once.");
    seen |= bit;
    guess = *number + 1;
    check_value(field.value, node->properties.all()[*number].node, &step);
  }
  check_unknown_keys(first_key, at);
  unknown_keys_.resize(first_key);
  if (node == nullptr || (node->required & ~seen) == 0) return;
  for (std::size_t i = 0; i < node->properties.all().size(); ++i) {
    if (((node->required & ~seen) >> i & 1U) == 0) continue;
    const PropertyTable::Property& missing = node->properties.all()[i];
    const PathStep step{.parent = at, .key = missing.name};
    report(
        &step,
        "This field is required" + (missing.node == nullptr || missing.node->example.empty()
                                        ? std::string{"."}
                                        : "; send something" + example_words(*missing.node) + "."));
  }
}

void SchemaChecker::check_unknown_keys(std::size_t first_key, const PathStep* at) {
  const auto keys = std::ranges::subrange(
      unknown_keys_.begin() + static_cast<std::ptrdiff_t>(first_key), unknown_keys_.end());
  const auto report_twice = [this, at](std::string_view key) {
    const PathStep step{.parent = at, .key = key};
    report(&step, "This key stands twice in its object; send it once.");
  };
  if (keys.size() <= kPairwiseKeysMax) {
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      if (std::find(keys.begin(), key, *key) != key) report_twice(*key);
    }
    return;
  }
  std::ranges::sort(keys);
  for (auto key = std::ranges::adjacent_find(keys); key != keys.end();
       key = std::adjacent_find(key + 1, keys.end())) {
    if (is_full()) return;
    report_twice(*key);
  }
}

void SchemaChecker::check_array(dom::array array, const SchemaNode* node, const PathStep* at) {
  const SchemaNode* const items = node == nullptr ? nullptr : node->items;
  std::size_t index = 0;
  for (const dom::element item : array) {
    if (is_full()) return;
    const PathStep step{.parent = at, .key = std::nullopt, .index = index};
    check_value(item, items, &step);
    ++index;
  }
}

void SchemaChecker::check_text(std::string_view text, const SchemaNode& node, const PathStep* at) {
  if (!obeys(node.text_rule, text)) {
    report(at, wrong_text_sentence(node));
    return;
  }
  if (node.constant && text != *node.constant) {
    report(at, "Must be '" + *node.constant + "'.");
  }
  // A text has no more characters than bytes, so most need no counting.
  if (text.size() >= node.length_min * 4 && text.size() <= node.length_max) return;
  const std::size_t length = code_point_count(text);
  if (length < node.length_min) {
    report(at, "Must have at least " + with_plural(node.length_min, "character") + ".");
  }
  if (length > node.length_max) {
    report(at, "Must have at most " + with_plural(node.length_max, "character") + ".");
  }
}

void SchemaChecker::check_number(dom::element value, const SchemaNode& node, const PathStep* at) {
  if (node.types == kAnyTypeBits) return;
  const auto integer = integer_of(value);
  // What is beyond 64 bits, signed, is an integer all the same when it has no fraction.
  const double approximate = value.get_double().value_unsafe();
  const bool is_whole = integer.has_value() || std::trunc(approximate) == approximate;
  if (!check_type(is_whole ? kIntegerBit : kNumberBit, node, at)) return;
  if (integer ? *integer < node.minimum : approximate < 0) {
    report(at, "Must be at least " + std::to_string(node.minimum) + ".");
  } else if (integer ? *integer > node.maximum : approximate > 0) {
    report(at, "Must be at most " + std::to_string(node.maximum) + ".");
  }
}

bool SchemaChecker::check_type(std::uint8_t bit, const SchemaNode& node, const PathStep* at) {
  if ((node.types & bit) != 0) [[likely]]
    return true;
  // "not an integer" would mislead where a string is asked for: people call it a number.
  report(at, wrong_type_sentence(bit == kIntegerBit ? std::uint8_t{kNumberBit} : bit, node));
  return false;
}

void SchemaChecker::report(const PathStep* at, std::string sentence) {
  if (is_full()) return;
  errors_->push_back({.pointer = json_pointer(at), .detail = std::move(sentence)});
}

bool SchemaChecker::is_full() const {
  return errors_->size() >= limits::kFieldErrorsMax;
}

}  // namespace returnflows
