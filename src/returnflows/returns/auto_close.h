#pragma once

#include <optional>

#include "returnflows/returns/settings.h"
#include "returnflows/returns/transition.h"

// The countdown to a close without staff: what starts it, what stops it, whether it starts again.
namespace returnflows::returns {

// Whether a cancelled countdown waits for staff (row 11) instead of starting again by itself.
bool latches(CancelReason reason);

// The first reason why no countdown may run, in the order of R2; nullopt when one may.
std::optional<CancelReason> first_failing_reason(const ReturnState& state,
                                                 const Settings& settings);

// When the trigger was satisfied; nullopt while it is not.
std::optional<Timestamp> trigger_time(const ReturnState& state, Trigger trigger);

// Arms a return whose merchant has auto-close on, and disarms one whose merchant has not.
void follow_setting(Transition& transition);

// R3: starts the countdown. Emits return.auto_close_initiated.
// Input: first_failing_reason() is nullopt and no countdown runs.
void start_countdown(Transition& transition);

// Ends a running countdown; does nothing when none runs. Emits return.auto_close_cancelled.
void cancel_countdown(Transition& transition, CancelReason reason, const Actor& actor);

}  // namespace returnflows::returns
