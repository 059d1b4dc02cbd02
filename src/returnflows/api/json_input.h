#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "returnflows/base/result.h"

namespace returnflows {

// The body of a request as a JSON object. Errors: kInvalidInput when it is anything else.
Result<boost::json::object> parse_json_object(std::string_view body);

// The same, but an empty body is an empty object.
Result<boost::json::object> parse_optional_json_object(std::string_view body);

// Reads the members of a JSON object one by one and collects all that is wrong with them. What is
// absent or wrong is nullopt; has() and is_null() tell more. Pointers are relative to the object.
// Thread: one at a time.
class JsonFields {
 public:
  // A member that is shown but not taken here, and the sentence about how it changes instead.
  struct Elsewhere {
    std::string_view name;
    std::string_view detail;
  };

  // Members that are not among `known` are reported, with the nearest known one: typos must not
  // pass silently. Those that are in `elsewhere` are reported with their sentence.
  JsonFields(const boost::json::object& object,
             std::initializer_list<std::string_view> known,
             std::initializer_list<Elsewhere> elsewhere = {});

  bool has(std::string_view name) const { return object_->contains(name); }

  bool is_null(std::string_view name) const;

  // null counts as absent, here and below.
  std::optional<std::string> text(std::string_view name, std::size_t bytes_max);
  std::optional<std::int64_t> integer(std::string_view name,
                                      std::int64_t minimum,
                                      std::int64_t maximum);
  std::optional<bool> boolean(std::string_view name);
  // A member that is an object itself. What is wrong with its members is reported here too, below
  // "/name". Must not outlive the body.
  std::optional<JsonFields> object(std::string_view name,
                                   std::span<const std::string_view> known,
                                   std::initializer_list<Elsewhere> elsewhere = {});
  // Elements that are not strings are reported as "/name/index".
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t count_max);
  std::optional<std::vector<std::int64_t>> integers(std::string_view name, std::size_t count_max);

  void report(std::string pointer, std::string detail);

  bool reported(std::string_view pointer) const;

  // Success, or kInvalidInput with all that was reported, here and in objects below.
  Status finish() const;

 private:
  using Wrong = std::vector<FieldError>;

  JsonFields(const boost::json::object& object, std::string base, std::shared_ptr<Wrong> wrong)
      : object_(&object), base_(std::move(base)), wrong_(std::move(wrong)) {}

  void report_unknown(std::span<const std::string_view> known,
                      std::initializer_list<Elsewhere> elsewhere);
  const boost::json::value* find(std::string_view name) const;

  const boost::json::object* object_;
  std::string base_;              // Leads to the object; empty for the body.
  std::shared_ptr<Wrong> wrong_;  // Shared with the objects above and below.
};

}  // namespace returnflows
