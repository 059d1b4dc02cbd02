#pragma once

#include <vector>

#include "returnflows/returns/decision.h"

namespace returnflows::returns {

// All timers that `state` wants, at most one of a kind. They follow from the state alone, so that
// none can be forgotten or left over: what is not in the list is cancelled.
// Source: docs/returns.md#timers.
std::vector<Timer> wanted_timers(const ReturnState& state, const Settings& settings);

}  // namespace returnflows::returns
