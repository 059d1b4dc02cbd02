#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/returns/auto_close.h"
#include "returnflows/returns/item_decisions.h"
#include "returnflows/returns/rows.h"

namespace returnflows::returns {
namespace {

// Voids the labels of parcels that nobody handed in. Returns whether there was one.
bool void_labels_not_handed_in(Transition& transition) {
  ReturnState& state = transition.state;
  bool has_voided = false;
  for (Label& label : state.labels) {
    const bool is_handed_in = std::ranges::any_of(state.shipments, [&](const Shipment& shipment) {
      return shipment.label_id == label.id && shipment.handed_in_at.has_value();
    });
    if (label.voided_at || is_handed_in) continue;
    label.voided_at = transition.now;
    has_voided = true;
  }
  return has_voided;
}

bool cancel_exchange(ReturnState& state) {
  if (state.exchange.status != ExchangeStatus::kOnHold) return false;
  state.exchange.status = ExchangeStatus::kCanceled;
  return true;
}

void clear_all_alerts(Transition& transition) {
  for (Alert& alert : transition.state.alerts)
    if (!alert.cleared_at) alert.cleared_at = transition.now;
}

void complete_when_it_can(Transition& transition) {
  const ReturnState& state = transition.state;
  if (state.lifecycle == Lifecycle::kCreated && state.completes_itself &&
      state.payment.is_settled() && !state.pause)
    complete(transition, {.command = "CompleteReturn", .actor = system_actor()});
}

}  // namespace

void create(Transition& transition, const CreateReturn& command) {
  ReturnState& state = transition.state;
  state.id = command.return_id;
  state.created_at = transition.now;
  state.hand_in_deadline = command.hand_in_deadline;
  state.facts = command.facts;
  state.payouts = command.payouts;
  state.payment.due = command.payment_due;
  state.payment.status =
      command.payment_due.minor > 0 ? PaymentStatus::kDue : PaymentStatus::kNotRequired;
  if (command.exchange_order_number) {
    state.exchange.status = ExchangeStatus::kOnHold;
    state.exchange.order_number = command.exchange_order_number;
  }
  state.lifecycle = Lifecycle::kCreated;
  follow_setting(transition);
  transition.emit(EventType::kReturnCreated, transition.by_command("CreateReturn"));
  complete_when_it_can(transition);
}

void settle_payment(Transition& transition, const SettlePayment& command) {
  Payment& payment = transition.state.payment;
  payment.status = PaymentStatus::kPaid;
  payment.paid_at = transition.now;
  payment.provider = command.provider;
  payment.reference = command.reference;
  transition.clear(AlertCode::kPaymentDue);
  complete_when_it_can(transition);
}

void complete(Transition& transition, const Origin& origin) {
  transition.move_to(Lifecycle::kCompleted);
  transition.state.completed_at = transition.now;
  // After a reset the parcel may have been delivered long ago. The delay is the warehouse's time to
  // object, and it begins anew.
  if (transition.state.revision > 1) transition.state.auto_close.counts_from = transition.now;
  transition.emit(EventType::kReturnCompleted, origin);
}

void process(Transition& transition, const ProcessReturn& command, const Origin& origin) {
  transition.move_to(Lifecycle::kProcessed);
  transition.state.processed_at = transition.now;
  apply_decisions(transition.state, command);
  transition.emit(EventType::kReturnProcessed,
                  origin,
                  ProcessedDetail{.source = command.source, .inspection = command.inspection});
}

void pause(Transition& transition, const PauseReturn& command) {
  ReturnState& state = transition.state;
  const Origin origin =
      transition.by_command(command.scope == Scope::kOrder ? "PauseOrder" : "PauseReturn");
  const bool was_running = state.auto_close.status == AutoCloseStatus::kCountingDown;
  cancel_countdown(transition, CancelReason::kPaused, origin.actor);
  state.pause = Pause{.scope = command.scope,
                      .reason = command.reason,
                      .note = command.note,
                      .paused_at = transition.now,
                      .paused_by = origin.actor};
  transition.emit(EventType::kReturnPaused,
                  origin,
                  PausedDetail{.scope = command.scope, .was_auto_close_running = was_running});
}

void resume(Transition& transition, const ResumeReturn& command) {
  ReturnState& state = transition.state;
  const std::optional<Pause> pause = std::exchange(state.pause, std::nullopt);
  RF_CHECK(pause.has_value());
  state.auto_close.counts_from = transition.now;
  const auto paused_for =
      std::chrono::floor<std::chrono::seconds>(transition.now - pause->paused_at);
  transition.emit(
      EventType::kReturnResumed,
      transition.by_command(command.scope == Scope::kOrder ? "ResumeOrder" : "ResumeReturn"),
      ResumedDetail{.scope = pause->scope,
                    .paused_at = pause->paused_at,
                    .paused_seconds = paused_for.count()});
  complete_when_it_can(transition);
}

void cancel(Transition& transition, const CancelReturn& command) {
  ReturnState& state = transition.state;
  const Origin origin = transition.by_command("CancelReturn");
  cancel_countdown(transition, CancelReason::kReturnCanceled, origin.actor);
  const bool is_label_voided = void_labels_not_handed_in(transition);
  const bool is_exchange_canceled = cancel_exchange(state);
  for (Payout& payout : state.payouts)
    payout.status = PayoutStatus::kCanceled;
  state.pause.reset();  // No return.resumed: the cancellation ends the pause too.
  state.flags = {};
  clear_all_alerts(transition);
  state.canceled_at = transition.now;
  transition.move_to(Lifecycle::kCanceled);
  follow_setting(transition);
  transition.emit(EventType::kReturnCanceled,
                  origin,
                  CanceledDetail{.reason = command.reason,
                                 .is_label_voided = is_label_voided,
                                 .is_exchange_canceled = is_exchange_canceled});
}

void reset(Transition& transition, const ResetReturn& command) {
  ReturnState& state = transition.state;
  const Origin origin = transition.by_command("ResetReturn");
  cancel_countdown(transition, CancelReason::kReturnReset, origin.actor);
  ResetDetail detail{.revision_before = state.revision, .cleared = {}, .reason = command.reason};
  if (void_labels_not_handed_in(transition)) detail.cleared = {"labels", "shipments"};
  std::erase_if(state.shipments,
                [&](const Shipment& shipment) { return !is_live(state, shipment); });
  detail.cleared.insert(detail.cleared.end(), {"decisions", "completed_at"});
  if (state.processed_at) detail.cleared.emplace_back("processed_at");
  state.completed_at.reset();
  state.processed_at.reset();
  forget_decisions(state);
  for (Payout& payout : state.payouts) {
    payout.status = PayoutStatus::kPending;
    payout.error.reset();
  }
  state.flags.needs_review = false;
  state.flags.tracking_lost = false;
  clear_all_alerts(transition);
  state.auto_close = {};
  state.completes_itself = false;
  state.revision += 1;
  transition.move_to(Lifecycle::kCreated);
  follow_setting(transition);
  transition.emit(EventType::kReturnReset, origin, std::move(detail));
}

}  // namespace returnflows::returns
