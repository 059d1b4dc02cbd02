#include "returnflows/api/json_input.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/events/nearest_name.h"

namespace returnflows {
namespace {

namespace json = boost::json;

// One reference token of a JSON pointer (RFC 6901 §3).
std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

std::unexpected<Error> not_an_object(std::string detail) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidInput,
                               .detail = detail,
                               .fields = {FieldError{.pointer = "", .detail = std::move(detail)}}});
}

}  // namespace

Result<json::object> parse_json_object(std::string_view body) {
  if (body.empty()) return not_an_object("The body is empty; send a JSON object.");
  json::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  json::error_code error;
  json::value value;
  try {
    value = json::parse({body.data(), body.size()}, error, {}, options);
  } catch (const std::exception&) {
    return not_an_object("The body could not be read as JSON.");
  }
  if (error) return not_an_object("The body is not valid JSON: " + error.message() + ".");
  if (!value.is_object()) return not_an_object("The body must be a JSON object.");
  return std::move(value.get_object());
}

Result<json::object> parse_optional_json_object(std::string_view body) {
  if (body.empty()) return json::object{};
  return parse_json_object(body);
}

JsonFields::JsonFields(const json::object& object,
                       std::initializer_list<std::string_view> known,
                       std::initializer_list<Elsewhere> elsewhere)
    : JsonFields(object, "", std::make_shared<Wrong>()) {
  report_unknown({known.begin(), known.size()}, elsewhere);
}

void JsonFields::report_unknown(std::span<const std::string_view> known,
                                std::initializer_list<Elsewhere> elsewhere) {
  for (const auto& member : *object_) {
    const std::string_view name{member.key().data(), member.key().size()};
    if (std::ranges::find(known, name) != known.end()) continue;
    if (const auto* const found = std::ranges::find(elsewhere, name, &Elsewhere::name);
        found != elsewhere.end()) {
      report(pointer_to(name), std::string{found->detail});
      continue;
    }
    if (known.empty()) {
      report(pointer_to(name), "This field is not known; none is taken here.");
      continue;
    }
    std::string sentence = "This field is not known";
    if (const auto nearest = nearest_name(name, known)) {
      sentence += " (did you mean '" + std::string{known[*nearest]} + "'?)";
    }
    report(pointer_to(name), sentence + "; there are: " + listed(known) + ".");
  }
}

std::optional<JsonFields> JsonFields::object(std::string_view name,
                                             std::span<const std::string_view> known,
                                             std::initializer_list<Elsewhere> elsewhere) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) {
    report(pointer_to(name), "Must be an object.");
    return std::nullopt;
  }
  JsonFields fields(value->get_object(), base_ + pointer_to(name), wrong_);
  fields.report_unknown(known, elsewhere);
  return fields;
}

const json::value* JsonFields::find(std::string_view name) const {
  const json::value* const value = object_->if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool JsonFields::is_null(std::string_view name) const {
  const json::value* const value = object_->if_contains({name.data(), name.size()});
  return value != nullptr && value->is_null();
}

std::optional<std::string> JsonFields::text(std::string_view name, std::size_t bytes_max) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    report(pointer_to(name), "Must be a string.");
    return std::nullopt;
  }
  const json::string& text = value->get_string();
  if (text.size() > bytes_max) {
    report(pointer_to(name), "Must have at most " + std::to_string(bytes_max) + " bytes.");
    return std::nullopt;
  }
  return std::string{text.data(), text.size()};
}

std::optional<std::int64_t> JsonFields::integer(std::string_view name,
                                                std::int64_t minimum,
                                                std::int64_t maximum) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64() && value->get_int64() >= minimum && value->get_int64() <= maximum) {
    return value->get_int64();
  }
  report(pointer_to(name),
         "Must be a whole number from " + std::to_string(minimum) + " to " +
             std::to_string(maximum) + ".");
  return std::nullopt;
}

std::optional<bool> JsonFields::boolean(std::string_view name) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  report(pointer_to(name), "Must be true or false.");
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonFields::texts(std::string_view name,
                                                          std::size_t count_max) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array() || value->get_array().size() > count_max) {
    report(pointer_to(name),
           "Must be an array of at most " + std::to_string(count_max) + " strings.");
    return std::nullopt;
  }
  std::vector<std::string> all;
  for (const json::value& element : value->get_array()) {
    if (element.is_string()) {
      all.emplace_back(element.get_string().data(), element.get_string().size());
    } else {
      report(pointer_to(name) + "/" + std::to_string(all.size()), "Must be a string.");
      all.emplace_back();
    }
  }
  return all;
}

std::optional<std::vector<std::int64_t>> JsonFields::integers(std::string_view name,
                                                              std::size_t count_max) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array() || value->get_array().size() > count_max) {
    report(pointer_to(name),
           "Must be an array of at most " + std::to_string(count_max) + " whole numbers.");
    return std::nullopt;
  }
  std::vector<std::int64_t> all;
  for (const json::value& element : value->get_array()) {
    if (!element.is_int64()) {
      report(pointer_to(name) + "/" + std::to_string(all.size()), "Must be a whole number.");
    }
    all.push_back(element.is_int64() ? element.get_int64() : 0);
  }
  return all;
}

void JsonFields::report(std::string pointer, std::string detail) {
  wrong_->push_back({.pointer = base_ + std::move(pointer), .detail = std::move(detail)});
}

bool JsonFields::reported(std::string_view pointer) const {
  return std::ranges::any_of(*wrong_, [this, pointer](const FieldError& field) {
    return field.pointer.starts_with(base_) &&
           std::string_view{field.pointer}.substr(base_.size()) == pointer;
  });
}

Status JsonFields::finish() const {
  if (wrong_->empty()) return {};
  const FieldError& first = wrong_->front();
  std::string detail = first.pointer + ": " + first.detail;
  if (wrong_->size() > 1) {
    detail = std::to_string(wrong_->size()) + " fields are not valid; the first is " + detail;
  }
  return std::unexpected(
      Error{.code = ErrorCode::kInvalidInput, .detail = std::move(detail), .fields = *wrong_});
}

}  // namespace returnflows
