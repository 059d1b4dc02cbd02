#pragma once

#include <optional>

#include "returnflows/base/clock.h"
#include "returnflows/dispatch/payout_answer.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/return_transitions.h"

// What follows from one try of a payout order. Pure. Source: docs/returns.md, "A close is two
// commits".
namespace returnflows {

// When an order is tried again after its try number `attempts_made`, from 1, came to nothing: 5 s,
// 1 min, 10 min and 1 h after that; nullopt after the fifth.
std::optional<Timestamp> next_payout_try_at(int attempts_made, Timestamp now);

// Whether any request of an order, of this try or of one before, can have reached the provider.
enum class PayoutReach : std::uint8_t { kNever, kMaybe };

// What to write about an order whose try ended with `answer`.
//
// To execute: a settled payout succeeded, a refused one failed. One that is pending, or of which
// nothing is known, is tried again by the schedule; after its end it has failed, with an unknown
// outcome unless no request can have reached the provider.
//
// To ask after a close: settled and failed are told to the return; a payout that the provider does
// not know has failed. With any other answer the order is dropped: the return's own timer asks
// again.
ReportPayout report_payout(const PayoutOrder& order,
                           const PayoutAnswer& answer,
                           PayoutReach reach,
                           Timestamp now);

// What to write when the provider that an order went to certainly does not know the payout, and the
// settings name another one by now: that one is given the order, at once.
ReportPayout report_move(const PayoutOrder& order, Timestamp now);

// What to write about an order of a merchant that has no provider any more, so that no close waits
// for it for ever.
ReportPayout report_without_provider(const PayoutOrder& order, PayoutReach reach);

}  // namespace returnflows
