#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"

// Reading of payloads whose form others decide: what is absent, null or of another type is nullopt,
// and never an error.
namespace returnflows::carriers {

using Json = simdjson::dom::element;

// A parsed body. What is read from it lives as long as it does.
class PayloadDocument {
 public:
  // Errors: kTooLarge beyond limits::kCarrierBodyBytesMax; kInvalidInput for what is not JSON of at
  // most limits::kJsonDepthMax levels.
  static Result<PayloadDocument> load(std::string_view body);

  // Asked of the parser each time, because an element points into the document that it was made of.
  Json root() const { return parser_.doc.root(); }

 private:
  simdjson::dom::parser parser_;
};

// `pointer` is an RFC 6901 pointer, seen from `json`.
std::optional<Json> value_at(Json json, std::string_view pointer);
std::optional<simdjson::dom::array> array_at(Json json, std::string_view pointer);
std::optional<std::int64_t> integer_at(Json json, std::string_view pointer);

// From parse_carrier_time().
std::optional<Timestamp> time_at(Json json, std::string_view pointer);

// Without white space at both ends; nullopt also when nothing is left.
std::optional<std::string_view> text_at(Json json, std::string_view pointer);

// The text at the first of two places that has one.
std::optional<std::string_view> text_at(Json json, std::string_view first, std::string_view second);

// `text` with its control characters as spaces, cut to `bytes_max` between two characters.
std::string clean_text(std::string_view text, std::size_t bytes_max);

// As clean_text(), from text_at().
std::optional<std::string> clean_text_at(Json json, std::string_view pointer);

// A country's code of two letters; nullopt for all else, such as a name or three letters.
std::optional<std::string> country_code_at(Json json, std::string_view pointer);

// The parcel's number. Errors: kInvalidInput, with `base` + `pointer` as the place, when it is
// absent, longer than limits::kTrackingNumberBytesMax or has a control character.
Result<std::string> tracking_number_at(Json json, std::string_view pointer, std::string base = {});

// An Error for one wrong field.
std::unexpected<Error> wrong_field(std::string pointer,
                                   std::string detail,
                                   ErrorCode code = ErrorCode::kInvalidInput);

}  // namespace returnflows::carriers
