#pragma once

#include <cstdint>
#include <string>

#include "returnflows/returns/return_state.h"
#include "returnflows/returns/settings.h"

namespace returnflows::returns {

// Appends `data.return`: the whole return as compact JSON, every key present in the order of the
// documentation, null or [] where there is nothing. Only an item's `exchange_to` and `gift_card`
// are left out where its action is another one.
//
// `settings` are those of the moment that the snapshot shows: the countdown's trigger and delay and
// Instant Exchange come from them. `version` is the number of the return's commit.
// Source: docs/receiving/payload.md#the-return.
void append_snapshot(std::string& out,
                     const ReturnState& state,
                     const Settings& settings,
                     std::int64_t version);

// Appends one payout as it stands in `payouts` of the snapshot.
void append_payout(std::string& out, const Payout& payout);

}  // namespace returnflows::returns
