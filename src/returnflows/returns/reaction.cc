#include "returnflows/returns/reaction.h"

#include <algorithm>

#include "returnflows/returns/auto_close.h"

namespace returnflows::returns {
namespace {

// R1.
bool is_eligible(const Transition& transition) {
  return transition.state.is_ready() && !transition.state.close_run &&
         !first_failing_reason(transition.state, transition.settings);
}

// R2.
void cancel_when_no_longer_eligible(Transition& transition) {
  if (transition.state.auto_close.status != AutoCloseStatus::kCountingDown) return;
  if (const auto reason = first_failing_reason(transition.state, transition.settings))
    cancel_countdown(transition, *reason, system_actor());
}

// R3.
void start_when_eligible(Transition& transition) {
  const AutoCloseRegion& auto_close = transition.state.auto_close;
  const bool can_start =
      !auto_close.is_latched && (auto_close.status == AutoCloseStatus::kArmed ||
                                 auto_close.status == AutoCloseStatus::kCancelled);
  if (can_start && is_eligible(transition)) start_countdown(transition);
}

// R4.
void release_instant_exchange(Transition& transition) {
  ReturnState& state = transition.state;
  if (state.exchange.status != ExchangeStatus::kOnHold ||
      transition.settings.instant_exchange == Switch::kOff || !state.is_ready() || state.pause ||
      state.flags.fraud_hold)
    return;
  const auto live = live_shipments(state);
  const auto handed_in = std::ranges::find_if(
      live, [](const Shipment* shipment) { return shipment->handed_in_at.has_value(); });
  if (handed_in == live.end()) return;
  state.exchange.status = ExchangeStatus::kReleased;
  state.exchange.released_at = transition.now;
  state.exchange.release_reason = ReleaseReason::kInstantExchange;
  transition.emit(EventType::kReturnInstantExchange,
                  {.command = "ReleaseExchange", .actor = system_actor()},
                  InstantExchangeDetail{.shipment_id = (*handed_in)->id,
                                        .exchange_order_number = state.exchange.order_number});
}

}  // namespace

void react(Transition& transition) {
  follow_setting(transition);
  cancel_when_no_longer_eligible(transition);
  start_when_eligible(transition);
  release_instant_exchange(transition);
}

}  // namespace returnflows::returns
