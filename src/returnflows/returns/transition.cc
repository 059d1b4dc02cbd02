#include "returnflows/returns/transition.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/returns/timers.h"

namespace returnflows::returns {

void Transition::emit(EventType type,
                      const Origin& origin,
                      EventDetail detail,
                      std::optional<Timestamp> occurred_at) {
  state.updated_at = now;
  state.event_count += 1;
  add_to_timeline({.at = now,
                   .type = type,
                   .note = {},
                   .actor = origin.actor.type,
                   .sequence = state.event_count});
  events_.push_back(Event{.type = type,
                          .occurred_at = occurred_at.value_or(now),
                          .previous_status = std::exchange(status_before_, state.lifecycle),
                          .actor = origin.actor,
                          .command = origin.command,
                          .correlation_id = command_.correlation_id,
                          .detail = std::move(detail),
                          .snapshot = state});
}

void Transition::move_to(Lifecycle next) {
  state.previous_lifecycle = std::exchange(state.lifecycle, next);
}

void Transition::raise(AlertCode code) {
  if (has_alert(state, code)) return;
  if (state.alerts.size() == limits::kReturnAlertsKept) state.alerts.erase(state.alerts.begin());
  state.alert_count += 1;
  state.alerts.push_back({.id = "alr_" + std::to_string(state.alert_count),
                          .code = code,
                          .raised_at = now,
                          .cleared_at = std::nullopt});
}

void Transition::clear(AlertCode code) {
  for (Alert& alert : state.alerts)
    if (alert.code == code && !alert.cleared_at) alert.cleared_at = now;
}

void Transition::note(std::string text) {
  if (std::ranges::find(state.timeline, text, &TimelineEntry::note) != state.timeline.end()) return;
  add_to_timeline({.at = now,
                   .type = std::nullopt,
                   .note = std::move(text),
                   .actor = command_.actor.type,
                   .sequence = state.event_count});
}

void Transition::request(PayoutAction action, const Payout& payout) {
  payouts_.push_back({.action = action,
                      .return_id = state.id,
                      .revision = state.revision,
                      .payout_id = payout.id});
}

Decision Transition::finish() && {
  std::vector<Timer> timers = wanted_timers(state, settings);
  return {.state = std::move(state),
          .events = std::move(events_),
          .payouts = std::move(payouts_),
          .timers = std::move(timers)};
}

void Transition::add_to_timeline(TimelineEntry entry) {
  if (state.timeline.size() == limits::kTimelineKept) state.timeline.erase(state.timeline.begin());
  state.timeline.push_back(std::move(entry));
}

}  // namespace returnflows::returns
