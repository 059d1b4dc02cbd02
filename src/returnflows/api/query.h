#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/api/cursor.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/events/event_type.h"
#include "returnflows/store/store.h"

namespace returnflows {

// The error for a wrong query parameter, which `detail` names.
std::unexpected<Error> bad_parameter(std::string detail);

// The parameters of a query string, decoded. Those with an empty value count as absent.
class QueryParameters {
 public:
  // Errors: kInvalidInput (reason "invalid_parameter") for a name that is not among `known`, one
  // that stands twice, broken percent-encoding, or more than limits::kQueryParametersMax.
  static Result<QueryParameters> parse(std::string_view query,
                                       std::initializer_list<std::string_view> known);

  std::optional<std::string_view> find(std::string_view name) const;

  // Absent, or the value. Errors: kInvalidInput when the value is not one.
  Result<std::optional<Timestamp>> time(std::string_view name) const;
  Result<std::optional<EventType>> event_type(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// What ?limit=&cursor=&order= asked for.
struct ListQuestion {
  ListKind kind{};
  ListOrder order = ListOrder::kDescending;
  std::size_t limit = limits::kPageDefault;
  std::optional<std::int64_t> from;  // Go on behind this row.
};

// Errors: kInvalidInput (reason "invalid_parameter") that names the parameter.
Result<ListQuestion> parse_list_question(const QueryParameters& parameters,
                                         ListKind kind,
                                         ListOrder default_order,
                                         const IdCodec& ids);

// The same for a list whose order is decided already: only ?limit=&cursor= are looked at.
Result<ListQuestion> parse_page_question(const QueryParameters& parameters,
                                         ListKind kind,
                                         ListOrder order,
                                         const IdCodec& ids);

// The type of that name. Also takes the short names `shipment.in_transit` and `shipment.delivered`
// for `shipment.event.…`. Errors: kInvalidInput with the nearest name.
Result<EventType> parse_event_type(std::string_view name);

}  // namespace returnflows
