#pragma once

#include "returnflows/returns/transition.h"

namespace returnflows::returns {

// R, the reaction rule: what follows by itself from the state that a command left. Runs after every
// command, and between the two events of a delivery that nobody saw being handed in.
// Source: docs/returns.md#reaction.
void react(Transition& transition);

}  // namespace returnflows::returns
