#include "returnflows/returns/return_state.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace returnflows::returns {

std::string_view lifecycle_name(Lifecycle lifecycle) {
  switch (lifecycle) {
    case Lifecycle::kNone:
      return "none";
    case Lifecycle::kCreated:
      return "created";
    case Lifecycle::kCompleted:
      return "completed";
    case Lifecycle::kProcessed:
      return "processed";
    case Lifecycle::kClosed:
      return "closed";
    case Lifecycle::kCanceled:
      return "canceled";
  }
  std::unreachable();
}

std::optional<Lifecycle> find_lifecycle(std::string_view name) {
  for (const Lifecycle lifecycle : {Lifecycle::kCreated,
                                    Lifecycle::kCompleted,
                                    Lifecycle::kProcessed,
                                    Lifecycle::kClosed,
                                    Lifecycle::kCanceled}) {
    if (lifecycle_name(lifecycle) == name) return lifecycle;
  }
  return std::nullopt;
}

std::string_view actor_type_name(ActorType type) {
  switch (type) {
    case ActorType::kCustomer:
      return "customer";
    case ActorType::kStaff:
      return "staff";
    case ActorType::kApi:
      return "api";
    case ActorType::kWms:
      return "wms";
    case ActorType::kCarrier:
      return "carrier";
    case ActorType::kSystem:
      return "system";
    case ActorType::kAutoClose:
      return "auto_close";
  }
  std::unreachable();
}

Actor system_actor() {
  return {.type = ActorType::kSystem, .id = std::nullopt, .name = "auto"};
}

Actor auto_close_actor() {
  return {.type = ActorType::kAutoClose, .id = std::nullopt, .name = "Auto-Close"};
}

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::kReturn:
      return "return";
    case Scope::kOrder:
      return "order";
  }
  std::unreachable();
}

std::string_view payment_status_name(PaymentStatus status) {
  switch (status) {
    case PaymentStatus::kNotRequired:
      return "not_required";
    case PaymentStatus::kDue:
      return "due";
    case PaymentStatus::kPaid:
      return "paid";
  }
  std::unreachable();
}

std::string_view payout_kind_name(PayoutKind kind) {
  switch (kind) {
    case PayoutKind::kRefund:
      return "refund";
    case PayoutKind::kGiftCard:
      return "gift_card";
  }
  std::unreachable();
}

std::string_view payout_status_name(PayoutStatus status) {
  switch (status) {
    case PayoutStatus::kPending:
      return "pending";
    case PayoutStatus::kUnderWay:
      return "under_way";
    case PayoutStatus::kSucceeded:
      return "succeeded";
    case PayoutStatus::kFailed:
      return "failed";
    case PayoutStatus::kCanceled:
      return "canceled";
  }
  std::unreachable();
}

std::string_view exchange_status_name(ExchangeStatus status) {
  switch (status) {
    case ExchangeStatus::kNone:
      return "none";
    case ExchangeStatus::kOnHold:
      return "on_hold";
    case ExchangeStatus::kReleased:
      return "released";
    case ExchangeStatus::kFulfilled:
      return "fulfilled";
    case ExchangeStatus::kCanceled:
      return "canceled";
  }
  std::unreachable();
}

std::string_view release_reason_name(ReleaseReason reason) {
  switch (reason) {
    case ReleaseReason::kInstantExchange:
      return "instant_exchange";
    case ReleaseReason::kReturnClosed:
      return "return_closed";
  }
  std::unreachable();
}

std::string_view scan_status_name(ScanStatus status) {
  switch (status) {
    case ScanStatus::kLabelCreated:
      return "label_created";
    case ScanStatus::kInTransit:
      return "in_transit";
    case ScanStatus::kAvailableForPickup:
      return "available_for_pickup";
    case ScanStatus::kDelivered:
      return "delivered";
    case ScanStatus::kException:
      return "exception";
    case ScanStatus::kReturnedToCustomer:
      return "returned_to_customer";
    case ScanStatus::kLost:
      return "lost";
  }
  std::unreachable();
}

std::string_view auto_close_status_name(AutoCloseStatus status) {
  switch (status) {
    case AutoCloseStatus::kOff:
      return "off";
    case AutoCloseStatus::kArmed:
      return "armed";
    case AutoCloseStatus::kCountingDown:
      return "counting_down";
    case AutoCloseStatus::kExecuting:
      return "executing";
    case AutoCloseStatus::kCompleted:
      return "completed";
    case AutoCloseStatus::kCancelled:
      return "cancelled";
    case AutoCloseStatus::kFailed:
      return "failed";
  }
  std::unreachable();
}

std::string_view trigger_name(Trigger trigger) {
  switch (trigger) {
    case Trigger::kDelivered:
      return "delivered";
    case Trigger::kHandedIn:
      return "handed_in";
  }
  std::unreachable();
}

std::string_view cancel_reason_name(CancelReason reason) {
  switch (reason) {
    case CancelReason::kPaused:
      return "paused";
    case CancelReason::kNeedsReview:
      return "needs_review";
    case CancelReason::kFraudDetection:
      return "fraud_detection";
    case CancelReason::kPaymentDue:
      return "payment_due";
    case CancelReason::kMissingTracking:
      return "missing_tracking";
    case CancelReason::kTriggerNotMet:
      return "trigger_not_met";
    case CancelReason::kSettingDisabled:
      return "setting_disabled";
    case CancelReason::kStaff:
      return "staff";
    case CancelReason::kManualClose:
      return "manual_close";
    case CancelReason::kReturnCanceled:
      return "return_canceled";
    case CancelReason::kReturnReset:
      return "return_reset";
  }
  std::unreachable();
}

std::string_view failure_phase_name(FailurePhase phase) {
  switch (phase) {
    case FailurePhase::kExecute:
      return "execute";
    case FailurePhase::kAfterCloseCheck:
      return "after_close_check";
  }
  std::unreachable();
}

std::string_view alert_code_name(AlertCode code) {
  switch (code) {
    case AlertCode::kRefundFailed:
      return "refund_failed";
    case AlertCode::kAutoCloseCancelledFraud:
      return "auto_close_cancelled_fraud";
    case AlertCode::kNoTracking7d:
      return "no_tracking_7d";
    case AlertCode::kNoTracking14d:
      return "no_tracking_14d";
    case AlertCode::kHandInExpired:
      return "hand_in_expired";
    case AlertCode::kPaymentDue:
      return "payment_due";
    case AlertCode::kLabelFailed:
      return "label_failed";
    case AlertCode::kTrackingException:
      return "tracking_exception";
  }
  std::unreachable();
}

std::string_view alert_severity(AlertCode code) {
  switch (code) {
    case AlertCode::kRefundFailed:
      return "critical";
    case AlertCode::kNoTracking7d:
    case AlertCode::kHandInExpired:
      return "info";
    case AlertCode::kAutoCloseCancelledFraud:
    case AlertCode::kNoTracking14d:
    case AlertCode::kPaymentDue:
    case AlertCode::kLabelFailed:
    case AlertCode::kTrackingException:
      return "warning";
  }
  std::unreachable();
}

std::string_view item_decision_name(ItemDecision decision) {
  switch (decision) {
    case ItemDecision::kPending:
      return "pending";
    case ItemDecision::kAccepted:
      return "accepted";
    case ItemDecision::kRejected:
      return "rejected";
  }
  std::unreachable();
}

bool is_live(const ReturnState& state, const Shipment& shipment) {
  const auto label = std::ranges::find(state.labels, shipment.label_id, &Label::id);
  return label != state.labels.end() && !label->voided_at;
}

std::vector<const Shipment*> live_shipments(const ReturnState& state) {
  std::vector<const Shipment*> live;
  for (const Shipment& shipment : state.shipments)
    if (is_live(state, shipment)) live.push_back(&shipment);
  return live;
}

bool is_handed_in(const ReturnState& state) {
  return std::ranges::any_of(live_shipments(state), [](const Shipment* shipment) {
    return shipment->handed_in_at.has_value();
  });
}

bool has_executed_payout(const ReturnState& state) {
  return std::ranges::any_of(state.payouts, [](const Payout& payout) {
    return payout.status == PayoutStatus::kSucceeded || payout.status == PayoutStatus::kUnderWay ||
           payout.is_outcome_unknown;
  });
}

bool has_alert(const ReturnState& state, AlertCode code) {
  return std::ranges::any_of(
      state.alerts, [code](const Alert& alert) { return alert.code == code && !alert.cleared_at; });
}

namespace {

std::string_view display_of_completed(const ReturnState& state) {
  const auto live = live_shipments(state);
  const bool all_delivered =
      !live.empty() && std::ranges::all_of(live, [](const Shipment* shipment) {
        return shipment->delivered_at.has_value();
      });
  if (all_delivered) return "delivered";
  return is_handed_in(state) ? "in_transit" : "awaiting_hand_in";
}

}  // namespace

std::string_view display_status(const ReturnState& state) {
  if (state.pause) return "paused";
  if (state.flags.needs_review || state.flags.fraud_hold) return "needs_review";
  if (state.lifecycle == Lifecycle::kCreated && !state.payment.is_settled())
    return "awaiting_payment";
  if (state.lifecycle == Lifecycle::kCompleted) return display_of_completed(state);
  return lifecycle_name(state.lifecycle);
}

}  // namespace returnflows::returns
