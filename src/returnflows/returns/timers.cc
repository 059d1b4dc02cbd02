#include "returnflows/returns/timers.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

namespace returnflows::returns {
namespace {

using std::chrono::hours;

// Source: the alert table of the product, docs/returns.md#timers.
constexpr hours kNoTrackingInfo{168};
constexpr hours kNoTrackingWarning{336};
constexpr hours kAfterHandInDeadline{24};

// The last sign of life of a parcel that is still expected; nullopt when none is.
std::optional<Timestamp> last_tracking(const ReturnState& state) {
  std::optional<Timestamp> oldest;
  for (const Shipment* shipment : live_shipments(state)) {
    if (shipment->delivered_at) continue;
    const Timestamp at = shipment->last_event_at.value_or(shipment->created_at);
    oldest = oldest ? std::min(*oldest, at) : at;
  }
  return oldest;
}

std::optional<Timestamp> due_tracking(const ReturnState& state, AlertCode code, hours after) {
  if (!state.is_ready() || state.pause || has_alert(state, code)) return std::nullopt;
  const auto last = last_tracking(state);
  return last ? std::optional{*last + after} : std::nullopt;
}

std::optional<Timestamp> due_hand_in(const ReturnState& state) {
  if (!state.is_open() || state.pause || !state.hand_in_deadline || is_handed_in(state) ||
      has_alert(state, AlertCode::kHandInExpired))
    return std::nullopt;
  return *state.hand_in_deadline + kAfterHandInDeadline;
}

std::optional<Timestamp> due_payment(const ReturnState& state, const Settings& settings) {
  if (state.lifecycle != Lifecycle::kCreated || state.pause || state.payment.is_settled() ||
      !settings.payment_alert || !state.created_at || has_alert(state, AlertCode::kPaymentDue))
    return std::nullopt;
  return *state.created_at + *settings.payment_alert;
}

std::optional<Timestamp> due(TimerKind kind, const ReturnState& state, const Settings& settings) {
  switch (kind) {
    case TimerKind::kAutoClose:
      if (state.auto_close.status != AutoCloseStatus::kCountingDown) return std::nullopt;
      return state.auto_close.closes_at;
    case TimerKind::kAfterCloseCheck:
      if (state.after_close_check.status != CheckStatus::kScheduled) return std::nullopt;
      return state.after_close_check.due_at;
    case TimerKind::kNoTracking7d:
      return due_tracking(state, AlertCode::kNoTracking7d, kNoTrackingInfo);
    case TimerKind::kNoTracking14d:
      return due_tracking(state, AlertCode::kNoTracking14d, kNoTrackingWarning);
    case TimerKind::kHandInExpired:
      return due_hand_in(state);
    case TimerKind::kPaymentDue:
      return due_payment(state, settings);
  }
  std::unreachable();
}

}  // namespace

std::vector<Timer> wanted_timers(const ReturnState& state, const Settings& settings) {
  std::vector<Timer> wanted;
  for (const TimerKind kind : kTimerKinds)
    if (const auto due_at = due(kind, state, settings))
      wanted.push_back({.kind = kind, .due_at = *due_at});
  return wanted;
}

}  // namespace returnflows::returns
