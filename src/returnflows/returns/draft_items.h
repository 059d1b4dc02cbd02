#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "returnflows/base/money.h"
#include "returnflows/returns/body_reader.h"
#include "returnflows/returns/facts.h"

namespace returnflows::returns {

// `items` of POST /v1/returns, amounts worked out where the shop left them out and checked where it
// did not. `currency` is the order's; absent when it is not known. What is wrong is reported to
// `problems`, and then the items are of no use.
std::vector<ItemFacts> read_items(const ObjectReader& body,
                                  std::optional<Currency> currency,
                                  Problems& problems);

// Reports `name` when it is given and not `expected`; `because` ends the sentence.
void expect_money(const ObjectReader& object,
                  std::string_view name,
                  Money expected,
                  std::string_view because);

}  // namespace returnflows::returns
