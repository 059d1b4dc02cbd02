#include "returnflows/carriers/payload_json.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/carriers/carrier_time.h"

namespace returnflows::carriers {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kSpace = " \t\r\n";

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  constexpr unsigned char kDelete = 0x7F;
  return byte < ' ' || byte == kDelete;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

Result<PayloadDocument> PayloadDocument::load(std::string_view body) {
  if (body.size() > limits::kCarrierBodyBytesMax) {
    return fail(ErrorCode::kTooLarge,
                "The body has " + std::to_string(body.size()) + " bytes; at most " +
                    std::to_string(limits::kCarrierBodyBytesMax) + " are accepted.");
  }
  PayloadDocument document;
  // One level more, because the parser counts the level inside of the innermost bracket.
  if (document.parser_.allocate(body.size(), limits::kJsonDepthMax + 1) != simdjson::SUCCESS) {
    return fail(ErrorCode::kOverloaded, "There is no memory for this body; send it again later.");
  }
  const simdjson::padded_string padded{body};
  if (const auto error = document.parser_.parse(padded).error(); error != simdjson::SUCCESS) {
    return wrong_field("", std::string{"The body is not JSON: "} + simdjson::error_message(error));
  }
  return document;
}

std::optional<Json> value_at(Json json, std::string_view pointer) {
  Json found;
  if (json.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<dom::array> array_at(Json json, std::string_view pointer) {
  dom::array found;
  if (json.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<std::int64_t> integer_at(Json json, std::string_view pointer) {
  std::int64_t found = 0;
  if (json.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::optional<Timestamp> time_at(Json json, std::string_view pointer) {
  const auto text = text_at(json, pointer);
  return text ? parse_carrier_time(*text) : std::nullopt;
}

std::optional<std::string_view> text_at(Json json, std::string_view pointer) {
  std::string_view found;
  if (json.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  const std::size_t begin = found.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return std::nullopt;
  return found.substr(begin, found.find_last_not_of(kSpace) + 1 - begin);
}

std::optional<std::string_view> text_at(Json json,
                                        std::string_view first,
                                        std::string_view second) {
  if (const auto found = text_at(json, first)) return found;
  return text_at(json, second);
}

std::string clean_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    std::size_t end = bytes_max;
    while (end > 0 && continues_character(text[end])) {
      --end;
    }
    text = text.substr(0, end);
  }
  std::string out{text};
  std::ranges::replace_if(out, is_control, ' ');
  return out;
}

std::optional<std::string> clean_text_at(Json json, std::string_view pointer) {
  const auto text = text_at(json, pointer);
  if (!text) return std::nullopt;
  return clean_text(*text, limits::kScanTextBytesMax);
}

std::optional<std::string> country_code_at(Json json, std::string_view pointer) {
  const auto text = text_at(json, pointer);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!text || text->size() != 2 || !std::ranges::all_of(*text, is_capital)) return std::nullopt;
  return std::string{*text};
}

Result<std::string> tracking_number_at(Json json, std::string_view pointer, std::string base) {
  std::string place = std::move(base) + std::string{pointer};
  const auto text = text_at(json, pointer);
  if (!text) return wrong_field(std::move(place), "There is no tracking number.");
  if (text->size() > limits::kTrackingNumberBytesMax) {
    return wrong_field(std::move(place),
                       "The tracking number has more than " +
                           std::to_string(limits::kTrackingNumberBytesMax) + " bytes.");
  }
  if (std::ranges::any_of(*text, is_control)) {
    return wrong_field(std::move(place), "The tracking number has a control character.");
  }
  return std::string{*text};
}

std::unexpected<Error> wrong_field(std::string pointer, std::string detail, ErrorCode code) {
  std::string sentence = pointer.empty() ? detail : pointer + ": " + detail;
  return std::unexpected<Error>(
      Error{.code = code,
            .detail = std::move(sentence),
            .fields = {{.pointer = std::move(pointer), .detail = std::move(detail)}}});
}

}  // namespace returnflows::carriers
