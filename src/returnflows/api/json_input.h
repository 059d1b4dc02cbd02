#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "returnflows/base/result.h"

namespace returnflows {

// The body of a request as a JSON object. Errors: kInvalidInput when it is anything else.
Result<boost::json::object> parse_json_object(std::string_view body);

// The same, but an empty body is an empty object.
Result<boost::json::object> parse_optional_json_object(std::string_view body);

// Reads the members of a JSON object one by one and collects all that is wrong with them. What is
// absent or wrong is nullopt; has() and is_null() tell more. Thread: one at a time.
class JsonFields {
 public:
  // A member that is shown but not taken here, and the sentence about how it changes instead.
  struct Elsewhere {
    std::string_view name;
    std::string_view detail;
  };

  // Members that are not among `known` are reported: typos must not pass silently. Those that are
  // in `elsewhere` are reported with their sentence.
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
  // Elements that are not strings are reported as "/name/index".
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t count_max);
  std::optional<std::vector<std::int64_t>> integers(std::string_view name, std::size_t count_max);

  void report(std::string pointer, std::string detail);

  bool reported(std::string_view pointer) const;

  // Success, or kInvalidInput with all that was reported.
  Status finish() const;

 private:
  const boost::json::value* find(std::string_view name) const;

  const boost::json::object* object_;
  std::vector<FieldError> wrong_;
};

}  // namespace returnflows
