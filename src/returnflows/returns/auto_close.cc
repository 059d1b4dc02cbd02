#include "returnflows/returns/auto_close.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "returnflows/base/check.h"

namespace returnflows::returns {

bool latches(CancelReason reason) {
  switch (reason) {
    case CancelReason::kPaused:
    case CancelReason::kPaymentDue:
    case CancelReason::kMissingTracking:
    case CancelReason::kTriggerNotMet:
    case CancelReason::kSettingDisabled:
      return false;
    case CancelReason::kNeedsReview:
    case CancelReason::kFraudDetection:
    case CancelReason::kStaff:
    case CancelReason::kManualClose:
    case CancelReason::kReturnCanceled:
    case CancelReason::kReturnReset:
      return true;
  }
  std::unreachable();
}

std::optional<CancelReason> first_failing_reason(const ReturnState& state,
                                                 const Settings& settings) {
  if (state.pause) return CancelReason::kPaused;
  if (state.flags.needs_review) return CancelReason::kNeedsReview;
  if (state.flags.fraud_hold) return CancelReason::kFraudDetection;
  if (!state.payment.is_settled()) return CancelReason::kPaymentDue;
  if (state.flags.tracking_lost || live_shipments(state).empty())
    return CancelReason::kMissingTracking;
  if (!trigger_time(state, settings.trigger)) return CancelReason::kTriggerNotMet;
  if (settings.auto_close == Switch::kOff) return CancelReason::kSettingDisabled;
  return std::nullopt;
}

std::optional<Timestamp> trigger_time(const ReturnState& state, Trigger trigger) {
  std::optional<Timestamp> latest;
  for (const Shipment* shipment : live_shipments(state)) {
    const auto& at =
        trigger == Trigger::kDelivered ? shipment->delivered_at : shipment->handed_in_at;
    if (!at) return std::nullopt;
    latest = latest ? std::max(*latest, *at) : *at;
  }
  return latest;
}

void follow_setting(Transition& transition) {
  AutoCloseRegion& auto_close = transition.state.auto_close;
  const bool is_wanted =
      transition.settings.auto_close == Switch::kOn && transition.state.is_open();
  if (is_wanted && auto_close.status == AutoCloseStatus::kOff)
    auto_close.status = AutoCloseStatus::kArmed;
  if (!is_wanted && auto_close.status == AutoCloseStatus::kArmed)
    auto_close.status = AutoCloseStatus::kOff;
}

void start_countdown(Transition& transition) {
  AutoCloseRegion& auto_close = transition.state.auto_close;
  const Settings& settings = transition.settings;
  const auto trigger_at = trigger_time(transition.state, settings.trigger);
  RF_CHECK(trigger_at.has_value());
  const Timestamp counts_from = std::max(*trigger_at, auto_close.counts_from.value_or(*trigger_at));
  auto_close.status = AutoCloseStatus::kCountingDown;
  auto_close.attempt += 1;
  auto_close.initiated_at = transition.now;
  auto_close.closes_at = std::max(transition.now, counts_from + settings.delay);
  auto_close.cancelled_at.reset();
  auto_close.cancel_reason.reset();
  auto_close.failed_at.reset();
  auto_close.failure.reset();
  transition.emit(EventType::kReturnAutoCloseInitiated,
                  {.command = "StartAutoClose", .actor = auto_close_actor()},
                  AutoCloseInitiatedDetail{.trigger = settings.trigger,
                                           .trigger_at = *trigger_at,
                                           .delay_hours = settings.delay.count(),
                                           .closes_at = *auto_close.closes_at,
                                           .attempt = auto_close.attempt});
}

void cancel_countdown(Transition& transition, CancelReason reason, const Actor& actor) {
  AutoCloseRegion& auto_close = transition.state.auto_close;
  if (auto_close.status != AutoCloseStatus::kCountingDown) return;
  auto_close.status = AutoCloseStatus::kCancelled;
  auto_close.is_latched = latches(reason);
  auto_close.cancelled_at = transition.now;
  auto_close.cancel_reason = reason;
  const auto was_closing_at = std::exchange(auto_close.closes_at, std::nullopt);
  if (reason == CancelReason::kFraudDetection)
    transition.raise(AlertCode::kAutoCloseCancelledFraud);
  transition.emit(EventType::kReturnAutoCloseCancelled,
                  {.command = "CancelAutoClose", .actor = actor},
                  AutoCloseCancelledDetail{.reason = reason,
                                           .was_closing_at = was_closing_at,
                                           .attempt = auto_close.attempt,
                                           .is_latched = auto_close.is_latched});
}

}  // namespace returnflows::returns
