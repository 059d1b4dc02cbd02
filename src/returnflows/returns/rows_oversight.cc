#include <algorithm>

#include "returnflows/returns/auto_close.h"
#include "returnflows/returns/rows.h"
#include "returnflows/returns/timers.h"

namespace returnflows::returns {

void cancel_auto_close(Transition& transition) {
  cancel_countdown(
      transition, CancelReason::kStaff, transition.by_command("CancelAutoClose").actor);
}

void rearm_auto_close(Transition& transition) {
  AutoCloseRegion& auto_close = transition.state.auto_close;
  // The attempt is counted when the countdown starts.
  auto_close = {.status = AutoCloseStatus::kArmed,
                .attempt = auto_close.attempt,
                .counts_from = transition.now};
}

void mark_needs_review(Transition& transition, Switch needs_review) {
  transition.state.flags.needs_review = needs_review == Switch::kOn;
}

void flag_fraud(Transition& transition, Switch fraud_hold) {
  transition.state.flags.fraud_hold = fraud_hold == Switch::kOn;
}

void lose_tracking(Transition& transition, Switch tracking_lost) {
  transition.state.flags.tracking_lost = tracking_lost == Switch::kOn;
}

void fire_timer(Transition& transition, TimerKind kind) {
  const auto wanted = wanted_timers(transition.state, transition.settings);
  const auto found = std::ranges::find(wanted, kind, &Timer::kind);
  if (found == wanted.end() || found->due_at > transition.now) return;
  switch (kind) {
    case TimerKind::kAutoClose:
      return auto_close_due(transition);
    case TimerKind::kAfterCloseCheck:
      return ask_after_close(transition);
    case TimerKind::kNoTracking7d:
      return transition.raise(AlertCode::kNoTracking7d);
    case TimerKind::kNoTracking14d:
      return transition.raise(AlertCode::kNoTracking14d);
    case TimerKind::kHandInExpired:
      return transition.raise(AlertCode::kHandInExpired);
    case TimerKind::kPaymentDue:
      return transition.raise(AlertCode::kPaymentDue);
  }
}

}  // namespace returnflows::returns
