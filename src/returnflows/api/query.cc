#include "returnflows/api/query.h"

#include <algorithm>
#include <charconv>

#include "returnflows/api/percent_encoding.h"
#include "returnflows/api/problem.h"
#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

std::string listed(std::initializer_list<std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

// At most this much of what a client sent is said back to it.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 64;
  std::string out = "'";
  out += text.substr(0, kShownBytesMax);
  out += text.size() > kShownBytesMax ? "…'" : "'";
  return out;
}

}  // namespace

std::unexpected<Error> bad_parameter(std::string detail) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidInput,
                               .detail = std::move(detail),
                               .reason = std::string{reason::kInvalidParameter}});
}

Result<QueryParameters> QueryParameters::parse(std::string_view query,
                                               std::initializer_list<std::string_view> known) {
  QueryParameters parameters;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), PlusSign::kSpace);
    auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1),
        PlusSign::kSpace);
    if (!name || !value) {
      return bad_parameter("The query has a percent sign without two hex digits; write it as %25.");
    }
    if (std::ranges::find(known, std::string_view{*name}) == known.end()) {
      return bad_parameter("The parameter " + shown(*name) + " is not known here; " +
                           (known.size() == 0 ? std::string{"this call takes none."}
                                              : "this call takes " + listed(known) + "."));
    }
    const bool repeated = std::ranges::any_of(
        parameters.values_, [&](const auto& earlier) { return earlier.first == *name; });
    if (repeated || parameters.values_.size() >= limits::kQueryParametersMax) {
      return bad_parameter("The parameter " + shown(*name) + " stands twice; give it once.");
    }
    parameters.values_.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

std::optional<std::string_view> QueryParameters::find(std::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name && !value.empty()) return value;
  }
  return std::nullopt;
}

Result<std::optional<Timestamp>> QueryParameters::time(std::string_view name) const {
  const auto text = find(name);
  if (!text) return std::nullopt;
  const auto parsed = parse_rfc3339(*text);
  if (parsed) return *parsed;
  return bad_parameter("'" + std::string{name} +
                       "' must be an RFC 3339 time such as 2026-02-07T02:00:00Z.");
}

Result<std::optional<EventType>> QueryParameters::event_type(std::string_view name) const {
  const auto text = find(name);
  if (!text) return std::nullopt;
  const auto type = parse_event_type(*text);
  if (type) return *type;
  return bad_parameter("'" + std::string{name} + "': " + type.error().detail);
}

Result<ListQuestion> parse_list_question(const QueryParameters& parameters,
                                         ListKind kind,
                                         ListOrder default_order,
                                         const IdCodec& ids) {
  ListOrder chosen = default_order;
  if (const auto order = parameters.find("order")) {
    if (*order != "asc" && *order != "desc") return bad_parameter("'order' must be asc or desc.");
    chosen = *order == "asc" ? ListOrder::kAscending : ListOrder::kDescending;
  }
  return parse_page_question(parameters, kind, chosen, ids);
}

Result<ListQuestion> parse_page_question(const QueryParameters& parameters,
                                         ListKind kind,
                                         ListOrder order,
                                         const IdCodec& ids) {
  ListQuestion question{.kind = kind, .order = order, .from = std::nullopt};
  if (const auto limit = parameters.find("limit")) {
    const char* const end = limit->data() + limit->size();
    const auto [stopped_at, error] = std::from_chars(limit->data(), end, question.limit);
    if (error != std::errc{} || stopped_at != end || question.limit < 1 ||
        question.limit > limits::kPageMax) {
      return bad_parameter("'limit' must be a number from 1 to " +
                           std::to_string(limits::kPageMax) + ".");
    }
  }
  if (const auto cursor = parameters.find("cursor")) {
    question.from = parse_cursor(ids, kind, question.order, *cursor);
    if (!question.from) {
      return bad_parameter(
          "'cursor' must be the next_cursor of an earlier page of this list, in the same order.");
    }
  }
  return question;
}

Result<EventType> parse_event_type(std::string_view name) {
  if (name == "shipment.in_transit") return EventType::kShipmentInTransit;
  if (name == "shipment.delivered") return EventType::kShipmentDelivered;
  if (const auto type = find_event_type(name)) return *type;
  return fail(ErrorCode::kInvalidInput, unknown_event_type_sentence(name));
}

}  // namespace returnflows
