#include "returnflows/returns/body_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/json_problem.h"
#include "returnflows/events/nearest_name.h"
#include "returnflows/events/schema_check.h"

namespace returnflows::returns {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 2> kMoneyFields = {"amount", "currency"};
constexpr std::string_view kMoneyForm =
    R"(Must be money such as {"amount": "719.10", "currency": "DKK"}.)";

// Longer texts are no amounts: 64 bits have 19 digits.
constexpr std::size_t kDecimalBytesMax = 32;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

// `text` times ten to the power of `decimals`; nullopt when it is no decimal number of at most so
// many decimals.
std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals) {
  const std::size_t point = text.find('.');
  std::string digits{text.substr(0, point)};
  if (digits.empty()) return std::nullopt;
  auto missing = static_cast<std::size_t>(decimals);
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    if (fraction.empty() || fraction.size() > missing) return std::nullopt;
    missing -= fraction.size();
    digits += fraction;
  }
  digits.append(missing, '0');
  const bool all_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!all_digits || error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return number;
}

}  // namespace

void Problems::report(std::string pointer, std::string sentence) {
  if (is_full()) return;
  fields_.push_back({.pointer = std::move(pointer), .detail = std::move(sentence)});
}

bool Problems::is_full() const {
  return fields_.size() >= limits::kFieldErrorsMax;
}

std::unexpected<Error> Problems::refuse() {
  return refuse_fields(ErrorCode::kInvalidInput, std::exchange(fields_, {}));
}

ObjectReader::ObjectReader(dom::object object,
                           std::string pointer,
                           std::span<const std::string_view> known,
                           Problems& problems)
    : object_(object), pointer_(std::move(pointer)), known_(known), problems_(&problems) {
  for (const dom::key_value_pair member : object_)
    if (std::ranges::find(known_, member.key) == known_.end()) report_unknown(member.key);
}

void ObjectReader::report(std::string_view name, std::string sentence) const {
  problems_->report(pointer_to(name), std::move(sentence));
}

void ObjectReader::report_unknown(std::string_view name) const {
  std::string sentence = "This field is not known; ";
  if (const auto nearest = nearest_name(name, known_))
    sentence += "did you mean '" + std::string{known_[*nearest]} + "'?";
  else if (known_.empty())
    sentence += "none is taken here.";
  else
    sentence += "there are: " + listed(known_) + ".";
  const PathStep step{.parent = nullptr, .key = name};
  problems_->report(pointer_ + json_pointer(&step), std::move(sentence));
}

std::optional<dom::element> ObjectReader::find(std::string_view name) const {
  dom::element value;
  if (object_.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

bool ObjectReader::is_missing(std::string_view name) const {
  const auto value = find(name);
  std::string_view text;
  return !value || (value->get(text) == simdjson::SUCCESS && text.empty());
}

void ObjectReader::require(std::string_view name, std::string_view example) const {
  if (is_missing(name))
    report(name, "This field is required; send something such as " + std::string{example} + ".");
}

std::optional<std::size_t> ObjectReader::index_of(std::string_view name) const {
  std::size_t index = 0;
  for (const dom::key_value_pair member : object_) {
    if (member.key == name) return member.value.is_null() ? std::nullopt : std::optional{index};
    ++index;
  }
  return std::nullopt;
}

std::optional<std::string_view> ObjectReader::find_text(std::string_view name,
                                                        std::size_t bytes_max) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  std::string_view text;
  if (value->get(text) != simdjson::SUCCESS) {
    report(name, "Must be a string.");
    return std::nullopt;
  }
  if (text.size() > bytes_max) {
    report(name,
           "Has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(bytes_max) +
               " are taken.");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> ObjectReader::line(std::string_view name, std::size_t bytes_max) const {
  const auto text = find_text(name, bytes_max);
  if (!text || text->empty()) return std::nullopt;
  if (std::ranges::any_of(*text, is_control)) {
    report(name, "Must not contain line breaks or other control characters.");
    return std::nullopt;
  }
  return std::string{*text};
}

std::optional<std::string> ObjectReader::text(std::string_view name, std::size_t bytes_max) const {
  const auto text = find_text(name, bytes_max);
  if (!text || text->empty()) return std::nullopt;
  return std::string{*text};
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name,
                                                  std::int64_t minimum,
                                                  std::int64_t maximum) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  const auto integer = integer_of(*value);
  if (integer && *integer >= minimum && *integer <= maximum) return integer;
  report(name,
         "Must be a whole number from " + std::to_string(minimum) + " to " +
             std::to_string(maximum) + ".");
  return std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) const {
  const auto value = find(name);
  bool truth = false;
  if (!value) return std::nullopt;
  if (value->get(truth) == simdjson::SUCCESS) return truth;
  report(name, "Must be true or false.");
  return std::nullopt;
}

std::optional<Timestamp> ObjectReader::time(std::string_view name) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  std::string_view text;
  if (value->get(text) == simdjson::SUCCESS) {
    if (const auto time = parse_rfc3339(text)) return *time;
  }
  report(name, "Must be an RFC 3339 time such as \"2026-02-16T22:59:59Z\".");
  return std::nullopt;
}

std::optional<Currency> ObjectReader::currency(std::string_view name) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  std::string_view text;
  if (value->get(text) == simdjson::SUCCESS) {
    if (const auto currency = Currency::parse(text)) return *currency;
  }
  report(name, "Must be an ISO 4217 code of three capital letters such as \"DKK\".");
  return std::nullopt;
}

std::optional<std::size_t> ObjectReader::choice(std::string_view name,
                                                std::span<const std::string_view> words) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  std::string_view word;
  if (value->get(word) == simdjson::SUCCESS) {
    const auto found = std::ranges::find(words, word);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  report(name, "Must be one of: " + listed(words) + ".");
  return std::nullopt;
}

std::optional<Money> ObjectReader::signed_money(std::string_view name,
                                                std::optional<Currency> expected) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  dom::object object;
  if (value->get(object) != simdjson::SUCCESS) {
    report(name, std::string{kMoneyForm});
    return std::nullopt;
  }
  const ObjectReader money{object, pointer_to(name), kMoneyFields, *problems_};
  money.require("amount", "\"719.10\"");
  money.require("currency", "\"DKK\"");
  const auto currency = money.currency("currency");
  const auto amount = money.find_text("amount", kDecimalBytesMax);
  if (!currency || !amount || amount->empty()) return std::nullopt;
  if (expected && *currency != *expected) {
    money.report("currency",
                 "All amounts of a return are in the currency of its order, " +
                     std::string{expected->code()} + ".");
    return std::nullopt;
  }
  const auto parsed = parse_money(*amount, *currency);
  if (!parsed) {
    money.report("amount", "Not an amount: " + parsed.error().detail + ".");
    return std::nullopt;
  }
  if (parsed->minor > limits::kReturnMoneyMinorMax ||
      parsed->minor < -limits::kReturnMoneyMinorMax) {
    money.report("amount", "No return is worth so much.");
    return std::nullopt;
  }
  return *parsed;
}

std::optional<Money> ObjectReader::money(std::string_view name,
                                         std::optional<Currency> expected) const {
  const auto money = signed_money(name, expected);
  if (!money || money->minor >= 0) return money;
  report(name, "Must not be below zero.");
  return std::nullopt;
}

std::optional<std::int64_t> ObjectReader::decimal(std::string_view name,
                                                  int decimals,
                                                  std::int64_t maximum) const {
  const auto text = find_text(name, kDecimalBytesMax);
  if (!text) return std::nullopt;
  const auto number = parse_decimal(*text, decimals);
  if (number && *number <= maximum) return number;
  std::string largest = std::to_string(maximum);
  largest.resize(largest.size() - static_cast<std::size_t>(decimals));
  report(name,
         "Must be a decimal number from 0 to " + largest + " in a string, with at most " +
             std::to_string(decimals) + " decimals.");
  return std::nullopt;
}

std::vector<std::string> ObjectReader::lines(std::string_view name,
                                             std::size_t count_max,
                                             std::size_t bytes_max) const {
  const auto value = find(name);
  if (!value) return {};
  dom::array array;
  if (value->get(array) != simdjson::SUCCESS || array.size() > count_max) {
    report(name, "Must be an array of at most " + std::to_string(count_max) + " strings.");
    return {};
  }
  std::vector<std::string> lines;
  std::size_t index = 0;
  for (const dom::element element : array) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS || text.empty() || text.size() > bytes_max ||
        std::ranges::any_of(text, is_control))
      problems_->report(pointer_to(name) + "/" + std::to_string(index),
                        "Must be a string of 1 to " + std::to_string(bytes_max) +
                            " bytes without control characters.");
    lines.emplace_back(text);
    ++index;
  }
  return lines;
}

std::optional<ObjectReader> ObjectReader::object(std::string_view name,
                                                 std::span<const std::string_view> known) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  dom::object object;
  if (value->get(object) == simdjson::SUCCESS)
    return ObjectReader{object, pointer_to(name), known, *problems_};
  report(name, "Must be a JSON object with: " + listed(known) + ".");
  return std::nullopt;
}

bool ObjectReader::is_object(std::string_view name) const {
  const auto value = find(name);
  if (!value) return false;
  if (value->is_object()) return true;
  report(name, "Must be a JSON object.");
  return false;
}

std::vector<ObjectReader> ObjectReader::objects(std::string_view name,
                                                std::size_t count_max,
                                                std::span<const std::string_view> known) const {
  const auto value = find(name);
  if (!value) return {};
  dom::array array;
  if (value->get(array) != simdjson::SUCCESS || array.size() > count_max) {
    report(name, "Must be an array of at most " + std::to_string(count_max) + " objects.");
    return {};
  }
  std::vector<ObjectReader> readers;
  std::size_t index = 0;
  for (const dom::element element : array) {
    std::string pointer = pointer_to(name) + "/" + std::to_string(index);
    dom::object object;
    if (element.get(object) == simdjson::SUCCESS)
      readers.emplace_back(object, std::move(pointer), known, *problems_);
    else
      problems_->report(std::move(pointer), "Must be a JSON object with: " + listed(known) + ".");
    ++index;
  }
  return readers;
}

BodyReader::BodyReader() : parser_(std::make_unique<dom::parser>()) {}

Result<BodyReader> BodyReader::open(std::string_view body, std::size_t bytes_max, EmptyBody empty) {
  const auto refuse = [](ErrorCode code, std::string sentence) {
    return refuse_fields(code, {FieldError{.pointer = "", .detail = std::move(sentence)}});
  };
  if (body.size() > bytes_max)
    return refuse(ErrorCode::kTooLarge, too_large_sentence(body.size(), bytes_max, "body"));
  if (body.empty() && empty == EmptyBody::kIsEmptyObject) body = "{}";
  BodyReader reader;
  const simdjson::padded_string padded{body};
  // One level more, because the parser counts the level inside of the innermost bracket.
  if (reader.parser_->allocate(padded.size() + 1, limits::kJsonDepthMax + 1) != simdjson::SUCCESS)
    return fail(ErrorCode::kInternal, "no memory to read the body");
  dom::element document;
  if (const auto code = reader.parser_->parse(padded).get(document); code != simdjson::SUCCESS)
    return refuse(ErrorCode::kInvalidInput, std::string{broken_json_sentence(code)});
  if (document.get(reader.object_) != simdjson::SUCCESS)
    return refuse(ErrorCode::kInvalidInput, "The body must be a JSON object.");
  std::vector<FieldError> twice;
  SchemaChecker{}.check(document, nullptr, nullptr, twice);
  if (!twice.empty()) return refuse_fields(ErrorCode::kInvalidInput, std::move(twice));
  return reader;
}

}  // namespace returnflows::returns
