#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "returnflows/base/clock.h"
#include "returnflows/base/money.h"
#include "returnflows/base/result.h"

// Reads the JSON bodies of the returns API. All that is wrong is collected, each with its JSON
// pointer and a sentence that names the fix, up to limits::kFieldErrorsMax of them.
namespace returnflows::returns {

class Problems {
 public:
  void report(std::string pointer, std::string sentence);

  bool is_full() const;

  // So far: unchanged when a part of the body was read without a new problem.
  std::size_t count() const { return fields_.size(); }

  bool empty() const { return fields_.empty(); }

  // All that was reported, as one kInvalidInput. Not to be called when nothing was.
  std::unexpected<Error> refuse();

 private:
  std::vector<FieldError> fields_;
};

// One JSON object of a body. What is absent, null or wrong reads as nullopt or empty; the latter is
// reported. A member that is not `known` is reported with the known one that is nearest.
//
// Views into the body's document and `problems`: must not outlive them.
class ObjectReader {
 public:
  // `pointer` leads to the object; "" is the whole body. `known` must stay where it is.
  ObjectReader(simdjson::dom::object object,
               std::string pointer,
               std::span<const std::string_view> known,
               Problems& problems);

  const std::string& pointer() const { return pointer_; }

  std::string pointer_to(std::string_view name) const { return pointer_ + "/" + std::string{name}; }

  void report(std::string_view name, std::string sentence) const;

  // The member is there and not null.
  bool has(std::string_view name) const { return find(name).has_value(); }

  // The member is not there, null or "".
  bool is_missing(std::string_view name) const;
  // Reports a missing member; `example` is JSON.
  void require(std::string_view name, std::string_view example) const;

  // Of at most `bytes_max` bytes and without control characters. Here and in text() and lines(), ""
  // counts as absent: many systems send it so.
  std::optional<std::string> line(std::string_view name, std::size_t bytes_max) const;
  // The same, but of several lines.
  std::optional<std::string> text(std::string_view name, std::size_t bytes_max) const;
  std::optional<std::int64_t> integer(std::string_view name,
                                      std::int64_t minimum,
                                      std::int64_t maximum) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<Timestamp> time(std::string_view name) const;
  std::optional<Currency> currency(std::string_view name) const;
  // The index of one of `words`.
  std::optional<std::size_t> choice(std::string_view name,
                                    std::span<const std::string_view> words) const;
  // {"amount", "currency"}, at least zero, at most limits::kReturnMoneyMinorMax. In `expected`,
  // when that is known.
  std::optional<Money> money(std::string_view name, std::optional<Currency> expected) const;
  // The same, but below zero is allowed.
  std::optional<Money> signed_money(std::string_view name, std::optional<Currency> expected) const;
  // A decimal number in a string, times ten to the power of `decimals`: "0.25" with 4 is 2500.
  // At least zero and at most `maximum` (scaled too).
  std::optional<std::int64_t> decimal(std::string_view name,
                                      int decimals,
                                      std::int64_t maximum) const;
  std::vector<std::string> lines(std::string_view name,
                                 std::size_t count_max,
                                 std::size_t bytes_max) const;
  std::optional<ObjectReader> object(std::string_view name,
                                     std::span<const std::string_view> known) const;
  // The member is an object, of whatever members.
  bool is_object(std::string_view name) const;
  std::vector<ObjectReader> objects(std::string_view name,
                                    std::size_t count_max,
                                    std::span<const std::string_view> known) const;
  // The place of a member among all of the object; nullopt when it is not there or null.
  std::optional<std::size_t> index_of(std::string_view name) const;

  std::size_t size() const { return object_.size(); }

 private:
  std::optional<simdjson::dom::element> find(std::string_view name) const;
  std::optional<std::string_view> find_text(std::string_view name, std::size_t bytes_max) const;
  void report_unknown(std::string_view name) const;

  simdjson::dom::object object_;
  std::string pointer_;
  std::span<const std::string_view> known_;
  Problems* problems_;
};

// May the body be left out?
enum class EmptyBody : std::uint8_t { kRefused, kIsEmptyObject };

// A body and the memory of its document.
class BodyReader {
 public:
  // Parses `body`, which must be a JSON object in which no key stands twice.
  // Errors: kTooLarge beyond `bytes_max` bytes; kInvalidInput.
  static Result<BodyReader> open(std::string_view body, std::size_t bytes_max, EmptyBody empty);

  ObjectReader root(std::span<const std::string_view> known) {
    return ObjectReader{object_, "", known, problems_};
  }

  Problems& problems() { return problems_; }

 private:
  BodyReader();

  // On the heap, because what was parsed points into it.
  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::object object_;
  Problems problems_;
};

}  // namespace returnflows::returns
