#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/clock.h"

namespace returnflows {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 stay as they are.
void append_json_string(std::string& out, std::string_view text);

// Appends compact JSON to a string, with the commas where they belong. Text may come from outside:
// what is not UTF-8 is replaced by U+FFFD, so that the whole always is. Thread: one at a time.
class JsonWriter {
 public:
  // `out` must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(&out) {}

  void open_object() { open('{'); }

  void close_object() { close('}'); }

  void open_array() { open('['); }

  void close_array() { close(']'); }

  // Starts a member; exactly one value follows. `name` is a literal that needs no escaping.
  JsonWriter& key(std::string_view name);

  void text(std::string_view value);
  void number(std::int64_t value);
  void boolean(bool value);
  void null();
  void time(Timestamp value);
  // A JSON value as it is.
  void raw(std::string_view json);

  void member(std::string_view name, std::string_view value) { key(name).text(value); }

  void member(std::string_view name, const char* value) { key(name).text(value); }

  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void member(std::string_view name, Number value) {
    key(name).number(static_cast<std::int64_t>(value));
  }

  void member(std::string_view name, std::same_as<bool> auto value) { key(name).boolean(value); }

  void member(std::string_view name, Timestamp value) { key(name).time(value); }

  template <class Value>
  void member(std::string_view name, const std::optional<Value>& value) {
    if (value) {
      member(name, *value);
    } else {
      key(name).null();
    }
  }

  // null for empty text.
  void member_or_null(std::string_view name, std::string_view value) {
    if (value.empty()) {
      key(name).null();
    } else {
      key(name).text(value);
    }
  }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);

  std::string* out_;
  bool needs_comma_ = false;
};

// `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace returnflows
