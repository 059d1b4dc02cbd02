#include "returnflows/returns/state_text.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/check.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"
#include "returnflows/returns/enum_text.h"
#include "returnflows/returns/stored_fields.h"

namespace returnflows::returns {
namespace {

namespace dom = simdjson::dom;

// Both texts begin with it. A list in stored_fields.h that changes takes the next number, and older
// texts are read by what read them before.
constexpr std::int64_t kTextVersion = 1;
constexpr std::string_view kVersionName = "v";

// A state with two scans takes about 3 KB.
constexpr std::size_t kUsualBytes = 4UL * 1024;

// What a counter may be: beyond it one more would not be exact in other readers of JSON.
constexpr std::int64_t kCountMax = 1LL << 53U;

// The years that RFC 3339 can write, and the day on either side that an offset from UTC may add.
constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kTimeMin = -62'135'596'800'000 - kDay;
constexpr std::int64_t kTimeMax = 253'402'300'799'999 + kDay;

constexpr std::size_t kNoBound = std::numeric_limits<std::size_t>::max();

template <class Enum>
concept Enumeration = std::is_enum_v<Enum>;

// --- Writing ---

// Writes the members of an object. What is absent, empty or false is left out.
class FieldWriter {
 public:
  explicit FieldWriter(JsonWriter& json) : json_(json) {}

  template <class Value>
  void operator()(std::string_view name, const Value& value, std::size_t /*count_max*/ = kNoBound) {
    if (is_left_out(value)) return;
    json_.key(name);
    write(value);
  }

 private:
  template <class Value>
  static bool is_left_out(const Value& /*value*/) {
    return false;
  }

  static bool is_left_out(bool value) { return !value; }

  template <class Value>
  static bool is_left_out(const std::optional<Value>& value) {
    return !value.has_value();
  }

  template <class Value>
  static bool is_left_out(const std::vector<Value>& values) {
    return values.empty();
  }

  void write(const std::string& text) { json_.text(text); }

  void write(std::int64_t number) { json_.number(number); }

  void write(bool value) { json_.boolean(value); }

  void write(Timestamp at) { json_.number(at.time_since_epoch().count()); }

  void write(Currency currency) { json_.text(currency.code()); }

  void write(Money money) {
    std::string text = format_amount(money);
    text += ' ';
    text += money.currency.code();
    json_.text(text);
  }

  template <Enumeration Enum>
  void write(const Enum& value) {
    RF_CHECK(value <= kEnumText<Enum>.last);
    json_.text(kEnumText<Enum>.name(value));
  }

  template <class Value>
  void write(const std::optional<Value>& value) {
    write(*value);
  }

  template <class Value>
  void write(const std::vector<Value>& values) {
    json_.open_array();
    for (const Value& value : values)
      write(value);
    json_.close_array();
  }

  template <class Struct>
  void write(const Struct& value) {
    json_.open_object();
    each_field(*this, value);
    json_.close_object();
  }

  JsonWriter& json_;
};

template <class Stored>
std::string encode(const Stored& value) {
  std::string out;
  out.reserve(kUsualBytes);
  JsonWriter json(out);
  json.open_object();
  json.member(kVersionName, kTextVersion);
  FieldWriter fields(json);
  each_field(fields, value);
  json.close_object();
  return out;
}

// --- Reading ---

// What is wrong, and where; the way there is put together from its end while readers return.
struct Wrong {
  std::string pointer = {};
  std::string sentence = {};
};

std::optional<Wrong> wrong(std::string sentence) {
  return Wrong{.pointer = {}, .sentence = std::move(sentence)};
}

std::optional<Wrong> below(std::string_view step, std::optional<Wrong> found) {
  if (found) found->pointer.insert(0, "/" + std::string{step});
  return found;
}

std::optional<Wrong> read(dom::element element, std::string& text) {
  std::string_view read;
  if (element.get_string().get(read) != simdjson::SUCCESS) return wrong("is not text");
  text = read;
  return std::nullopt;
}

std::optional<Wrong> read_number(dom::element element,
                                 std::int64_t minimum,
                                 std::int64_t maximum,
                                 std::int64_t& number) {
  if (element.get_int64().get(number) != simdjson::SUCCESS) return wrong("is not a whole number");
  if (number < minimum || number > maximum) return wrong("is out of range");
  return std::nullopt;
}

std::optional<Wrong> read(dom::element element, std::int64_t& number) {
  return read_number(element, 0, kCountMax, number);
}

std::optional<Wrong> read(dom::element element, bool& value) {
  return element.get_bool().get(value) == simdjson::SUCCESS ? std::nullopt
                                                            : wrong("is not true or false");
}

std::optional<Wrong> read(dom::element element, Timestamp& at) {
  std::int64_t milliseconds = 0;
  if (auto found = read_number(element, kTimeMin, kTimeMax, milliseconds)) return found;
  at = Timestamp{std::chrono::milliseconds{milliseconds}};
  return std::nullopt;
}

std::optional<Wrong> read(dom::element element, Currency& currency) {
  std::string_view code;
  if (element.get_string().get(code) != simdjson::SUCCESS) return wrong("is not text");
  const Result<Currency> parsed = Currency::parse(code);
  if (!parsed) return wrong(parsed.error().detail);
  currency = *parsed;
  return std::nullopt;
}

std::optional<Wrong> read(dom::element element, Money& money) {
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) return wrong("is not text");
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return wrong("has no currency");
  const Result<Currency> currency = Currency::parse(text.substr(blank + 1));
  if (!currency) return wrong(currency.error().detail);
  const Result<Money> parsed = parse_money(text.substr(0, blank), *currency);
  if (!parsed) return wrong(parsed.error().detail);
  money = *parsed;
  return std::nullopt;
}

template <Enumeration Enum>
std::optional<Wrong> read(dom::element element, Enum& value) {
  std::string_view name;
  if (element.get_string().get(name) != simdjson::SUCCESS) return wrong("is not text");
  const std::optional<Enum> found = find_enumerator<Enum>(name);
  if (!found) return wrong("is not a known word");
  value = *found;
  return std::nullopt;
}

template <class Struct>
std::optional<Wrong> read(dom::element element, Struct& value);

template <class Value>
std::optional<Wrong> read(dom::element element, std::optional<Value>& value) {
  return read(element, value.emplace());
}

template <class Value>
std::optional<Wrong> read_list(dom::element element,
                               std::size_t count_max,
                               std::vector<Value>& values) {
  dom::array array;
  if (element.get_array().get(array) != simdjson::SUCCESS) return wrong("is not a list");
  if (array.size() > count_max)
    return wrong("has more than " + std::to_string(count_max) + " entries");
  values.reserve(array.size());
  for (const dom::element entry : array) {
    if (auto found = read(entry, values.emplace_back()))
      return below(std::to_string(values.size() - 1), std::move(found));
  }
  return std::nullopt;
}

// Reads the members of an object, in their order. Stops at the first that is wrong.
class FieldReader {
 public:
  explicit FieldReader(dom::object object) : next_(object.begin()), end_(object.end()) {}

  template <class Value>
  void operator()(std::string_view name, Value& value) {
    if (wrong_) return;
    if (!is_next(name)) {
      wrong_ = below(name, wrong("is missing, or another member stands before it"));
      return;
    }
    wrong_ = below(name, read(next_.value(), value));
    ++next_;
  }

  void operator()(std::string_view name, bool& value) {
    value = false;
    if (wrong_ || !is_next(name)) return;
    wrong_ = below(name, read(next_.value(), value));
    ++next_;
  }

  template <class Value>
  void operator()(std::string_view name, std::optional<Value>& value) {
    if (wrong_ || !is_next(name)) return;
    wrong_ = below(name, read(next_.value(), value));
    ++next_;
  }

  template <class Value>
  void operator()(std::string_view name,
                  std::vector<Value>& values,
                  std::size_t count_max = kNoBound) {
    if (wrong_ || !is_next(name)) return;
    wrong_ = below(name, read_list(next_.value(), count_max, values));
    ++next_;
  }

  // What was wrong first, also a member that nobody asked for.
  std::optional<Wrong> finish() && {
    if (!wrong_ && next_ != end_)
      wrong_ = below(next_.key(), wrong("is not known here, or not in its place"));
    return std::move(wrong_);
  }

 private:
  bool is_next(std::string_view name) const { return next_ != end_ && next_.key() == name; }

  dom::object::iterator next_;
  dom::object::iterator end_;
  std::optional<Wrong> wrong_;
};

template <class Struct>
std::optional<Wrong> read(dom::element element, Struct& value) {
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) return wrong("is not an object");
  FieldReader fields(object);
  each_field(fields, value);
  return std::move(fields).finish();
}

template <class Stored>
std::optional<Wrong> read_document(dom::element document, Stored& value) {
  dom::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return wrong("is not an object");
  FieldReader fields(object);
  std::int64_t version = 0;
  fields(kVersionName, version);
  if (version != kTextVersion)
    return below(kVersionName,
                 wrong("is not " + std::to_string(kTextVersion) + ", the only version there is"));
  each_field(fields, value);
  return std::move(fields).finish();
}

template <class Stored>
Result<Stored> decode(std::string_view text, std::string_view what) {
  if (text.size() > limits::kReturnTextBytesMax)
    return fail(ErrorCode::kTooLarge, "the stored " + std::string{what} + " is too large");
  dom::parser parser;
  dom::element document;
  const simdjson::error_code error = parser.parse(text.data(), text.size()).get(document);
  if (error != simdjson::SUCCESS)
    return fail(ErrorCode::kCorruption,
                "the stored " + std::string{what} +
                    " is not JSON: " + std::string{simdjson::error_message(error)});
  Stored value;
  std::optional<Wrong> found = read_document(document, value);
  if (!found) return value;
  Error refused{.code = ErrorCode::kCorruption,
                .detail = "the stored " + std::string{what} +
                          " is not as it was written: " + found->pointer + " " + found->sentence};
  refused.fields.push_back(
      {.pointer = std::move(found->pointer), .detail = std::move(found->sentence)});
  return std::unexpected(std::move(refused));
}

}  // namespace

std::string_view check_status_name(CheckStatus status) {
  switch (status) {
    case CheckStatus::kNone:
      return "none";
    case CheckStatus::kScheduled:
      return "scheduled";
    case CheckStatus::kDone:
      return "done";
  }
  std::unreachable();
}

std::string encode_state(const ReturnState& state) {
  return encode(state);
}

Result<ReturnState> decode_state(std::string_view text) {
  return decode<ReturnState>(text, "state of the return");
}

std::string encode_facts(const ReturnFacts& facts) {
  return encode(facts);
}

Result<ReturnFacts> decode_facts(std::string_view text) {
  return decode<ReturnFacts>(text, "text of the return's facts");
}

}  // namespace returnflows::returns
