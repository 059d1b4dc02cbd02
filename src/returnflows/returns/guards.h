#pragma once

#include <optional>
#include <string_view>

#include "returnflows/returns/command.h"
#include "returnflows/returns/return_state.h"

// The columns "from" and "guard" of the table in docs/returns.md, for the commands that can be
// given. decide() and allowed_commands() both go by them, so that they cannot disagree.
namespace returnflows::returns {

// Why `state` does not take `name` from `actor`, as a sentence; nullopt when it does.
std::optional<std::string_view> refusal_of(CommandName name,
                                           const ReturnState& state,
                                           ActorType actor);

}  // namespace returnflows::returns
