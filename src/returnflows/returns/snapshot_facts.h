#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/json_writer.h"
#include "returnflows/returns/facts.h"
#include "returnflows/returns/return_state.h"

// The parts of a snapshot that come from the facts of a return. Each writes one member with its
// name. Source: docs/receiving/payload.md#the-return.
namespace returnflows::returns {

// `error.code` of whatever failed because a payout did. Source: the published schemas.
inline constexpr std::string_view kPayoutFailedCode = "refund_failed";

// `name`: {"amount":"719.10","currency":"DKK"}, or null.
void append_money(JsonWriter& json, std::string_view name, const std::optional<Money>& money);

void append_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts);

void append_market(JsonWriter& json, const MarketFacts& market);
void append_order(JsonWriter& json, const OrderFacts& order);
void append_customer(JsonWriter& json, const CustomerFacts& customer);

// `state` tells what was decided about each item, and which gift cards are issued.
void append_items(JsonWriter& json, const std::vector<ItemFacts>& items, const ReturnState& state);

void append_totals(JsonWriter& json, const ReturnTotals& totals, std::string_view currency);
void append_links(JsonWriter& json, const ReturnLinks& links);

}  // namespace returnflows::returns
