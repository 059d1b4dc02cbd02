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
  // The attempts stay: each is counted when its countdown starts.
  AutoCloseRegion armed;
  armed.status = AutoCloseStatus::kArmed;
  armed.attempt = transition.state.auto_close.attempt;
  armed.counts_from = transition.now;
  transition.state.auto_close = armed;
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
