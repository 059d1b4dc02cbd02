#pragma once

#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/returns/command.h"
#include "returnflows/returns/return_state.h"

// What row 7 makes of the decisions about items. Source: docs/returns.md#decisions-about-items.
namespace returnflows::returns {

// What is wrong with `items` of ProcessReturn for this return: an item that it does not have, one
// that stands twice, more pieces than were sent. Pointers are those of the HTTP body.
std::vector<FieldError> check_decisions(const ReturnState& state,
                                        const std::vector<ItemOutcome>& items);

// Records an outcome for every item, accepted in full where `command` names none, works out the
// totals anew and makes the payouts follow them. A payout that is left without an amount is
// canceled, and an exchange on hold of which nothing is left too. An exchange that was released
// keeps its value: its goods are gone. Does nothing when the return has no facts.
void apply_decisions(ReturnState& state, const ProcessReturn& command);

// Takes apply_decisions() back, for row 15.
void forget_decisions(ReturnState& state);

}  // namespace returnflows::returns
