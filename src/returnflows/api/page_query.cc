#include "returnflows/api/page_query.h"

#include <algorithm>
#include <charconv>

#include "returnflows/api/cursor.h"
#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

Result<std::size_t> parse_limit(const std::string& text) {
  std::size_t limit = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, limit);
  if (error != std::errc{} || stopped != end || limit < 1 || limit > limits::kPageMax) {
    return std::unexpected(
        wrong_parameter("limit", "give a number from 1 to " + std::to_string(limits::kPageMax)));
  }
  return limit;
}

std::string list_of(std::initializer_list<std::string_view> known, bool paged) {
  std::string text;
  for (const std::string_view name : known) {
    text += (text.empty() ? "" : ", ") + std::string{name};
  }
  if (paged) text += std::string{text.empty() ? "" : ", "} + "limit, cursor, order";
  return text.empty() ? "none" : text;
}

}  // namespace

Error wrong_parameter(std::string_view name, std::string_view detail) {
  return Error{.code = ErrorCode::kInvalidInput,
               .detail = "the query parameter '" + std::string{name} + "': " + std::string{detail}};
}

Result<PageQuery> PageQuery::parse(const Request& request,
                                   std::initializer_list<std::string_view> known,
                                   bool paged) {
  PageQuery query;
  RF_TRY(const auto pairs, parse_query(request.query));
  for (const auto& [name, value] : pairs) {
    const bool is_paging = name == "limit" || name == "cursor" || name == "order";
    if (!(paged && is_paging) && std::ranges::find(known, name) == known.end()) {
      return std::unexpected(wrong_parameter(
          name, "there is none of this name here; known: " + list_of(known, paged)));
    }
    if (!query.values_.emplace(name, value).second) {
      return std::unexpected(wrong_parameter(name, "give it once"));
    }
  }
  if (const auto text = query.text("limit")) {
    RF_TRY(query.limit_, parse_limit(*text));
  }
  if (const auto text = query.text("cursor")) {
    const auto row = decode_cursor(*text);
    if (!row) return std::unexpected(wrong_parameter("cursor", row.error().detail));
    query.from_ = *row;
  }
  if (const auto text = query.text("order")) {
    if (*text != "asc" && *text != "desc") {
      return std::unexpected(wrong_parameter("order", "give asc or desc"));
    }
    query.order_ = *text == "asc" ? ListOrder::kAscending : ListOrder::kDescending;
  }
  return query;
}

std::optional<std::string> PageQuery::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<Timestamp>> PageQuery::time(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto at = parse_rfc3339(*value);
  if (!at) return std::unexpected(wrong_parameter(name, at.error().detail));
  return *at;
}

std::string page_json(const std::vector<std::string>& rows, std::optional<std::int64_t> next) {
  std::string out = "{\"data\":[";
  for (const std::string& row : rows) {
    if (out.back() != '[') out += ',';
    out += row;
  }
  out += "],\"next_cursor\":";
  out += next ? "\"" + encode_cursor(*next) + "\"" : "null";
  out += '}';
  return out;
}

}  // namespace returnflows
