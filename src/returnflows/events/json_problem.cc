#include "returnflows/events/json_problem.h"

#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"

namespace returnflows {

std::string_view broken_json_sentence(simdjson::error_code code) {
  switch (static_cast<int>(code)) {
    case simdjson::EMPTY:
      return "The text is empty; send a JSON object.";
    case simdjson::DEPTH_ERROR:
      return "The JSON nests deeper than 64 levels; make it flatter.";
    case simdjson::UTF8_ERROR:
      return "The text is not valid UTF-8; encode it as UTF-8 before sending.";
    case simdjson::UNCLOSED_STRING:
      return "The text is not valid JSON: a string has no closing quote.";
    case simdjson::UNESCAPED_CHARS:
      return "The text is not valid JSON: a string contains a control character, such as a line "
             "break, that is not escaped.";
    case simdjson::STRING_ERROR:
      return "The text is not valid JSON: a string contains a wrong escape, or half of a surrogate "
             "pair.";
    case simdjson::NUMBER_ERROR:
      return "The text is not valid JSON: a number is malformed or does not fit into 64 bits; send "
             "long numbers as strings.";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "The text is not valid JSON: there is a word that is not true, false or null.";
    default:
      return "The text is not valid JSON: a bracket, comma, colon or quote is missing or "
             "misplaced, or something follows the end.";
  }
}

static_assert(limits::kJsonDepthMax == 64, "broken_json_sentence() names it");

std::string too_large_sentence(std::size_t bytes, std::size_t bytes_max, std::string_view what) {
  return "The " + std::string{what} + " has " + std::to_string(bytes) + " bytes; at most " +
         std::to_string(bytes_max) + " are accepted.";
}

std::unexpected<Error> refuse_fields(ErrorCode code, std::vector<FieldError> fields) {
  RF_CHECK(!fields.empty());
  const FieldError& first = fields.front();
  std::string detail = first.pointer.empty() ? first.detail : first.pointer + ": " + first.detail;
  if (fields.size() > 1) {
    detail = std::to_string(fields.size()) + " fields are not valid; the first is " + detail;
  }
  return std::unexpected<Error>(
      Error{.code = code, .detail = std::move(detail), .fields = std::move(fields)});
}

}  // namespace returnflows
