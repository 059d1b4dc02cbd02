#pragma once

#include <optional>

#include "returnflows/base/money.h"
#include "returnflows/returns/body_reader.h"
#include "returnflows/returns/facts.h"

// The parts of POST /v1/returns that only need to be of the right form: who bought where. What is
// wrong is reported to the body's problems.
namespace returnflows::returns {

struct OrderDraft {
  OrderFacts facts;
  std::optional<Currency> currency;  // Absent: it was missing or wrong.
};

// `order`, of which `id` and `currency` are required.
OrderDraft read_order(const ObjectReader& body);

// `customer`, which needs an `id`, `email` or `phone`.
CustomerFacts read_customer(const ObjectReader& body);

// `market`; its currency can only be that of the order.
MarketFacts read_market(const ObjectReader& body, std::optional<Currency> currency);

// `links`.
ReturnLinks read_links(const ObjectReader& body);

}  // namespace returnflows::returns
