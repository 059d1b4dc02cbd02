#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/ids.h"
#include "returnflows/store/store.h"

namespace returnflows {

// The lists that have pages. The numbers are part of cursors that clients hold: only append.
enum class ListKind : std::uint8_t {
  kEvents = 0,
  kDeliveries = 1,
  kEndpoints = 2,
  kMerchants = 3,
  kApiKeys = 4,
  kReturns = 5,
  kTimeline = 6,
};

// Where a list goes on: a row number, bound to the list and its order. The text is 26 letters and
// digits that tell nothing about how many rows there are; a changed one is not accepted.
// `row` is at least 1. Thread: any.
std::string format_cursor(const IdCodec& ids, ListKind kind, ListOrder order, std::int64_t row);

// nullopt when the text was not made by format_cursor() with the same kind and order.
std::optional<std::int64_t> parse_cursor(const IdCodec& ids,
                                         ListKind kind,
                                         ListOrder order,
                                         std::string_view text);

}  // namespace returnflows
