#pragma once

#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/returns/command.h"

namespace returnflows::returns {

// A return as the shop asked for it: all of row 1 but its id, and who asks.
struct ReturnDraft {
  CreateReturn creation;  // Without return_id; `facts` is never nullptr.
  Actor actor;
};

// The body of POST /v1/returns. Required are `order` {id, currency}, `customer` {email, id or
// phone} and `items`, each with what names the goods, its `action` and prices.unit_price; an
// exchange needs `exchange_to`. All else has a default, and every amount that is left out is worked
// out. Amounts that are given must add up. Source: docs/returns.md#a-new-return.
//
// Errors: kInvalidInput with every problem, its JSON pointer and the fix, up to
// limits::kFieldErrorsMax; kTooLarge beyond limits::kReturnBytesMax.
Result<ReturnDraft> parse_return_draft(std::string_view body);

}  // namespace returnflows::returns
