#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/returns/decision.h"

namespace returnflows::returns {

// Who a step of a decision is put down to, and under what name.
struct Origin {
  std::string_view command;
  Actor actor;
};

// A decision in the making: the state, and what was emitted on the way. The rows and the reaction
// write into it. Thread: the caller's.
class Transition {
 public:
  Transition(ReturnState state, const Command& command, Timestamp now, const Settings& settings)
      : state(std::move(state)), now(now), settings(settings), command_(command) {}

  // Emits an event with the state as it is now. `occurred_at` defaults to now.
  void emit(EventType type,
            const Origin& origin,
            EventDetail detail = {},
            std::optional<Timestamp> occurred_at = std::nullopt);

  // The command's own actor under the name of the row.
  Origin by_command(std::string_view name) const { return {name, command_.actor}; }

  // Moves the lifecycle and remembers the one before, as the next event's previous status.
  void move_to(Lifecycle next);

  // Raises an alert, unless one of its code stands already.
  void raise(AlertCode code);

  // Clears the alerts of that code.
  void clear(AlertCode code);

  // A line in the timeline for something that makes no event, unless the same line stands there.
  void note(std::string text);

  void request(PayoutAction action, const Payout& payout);

  // The decision, with the timers that its state wants.
  Decision finish() &&;

  ReturnState state;
  Timestamp now;
  const Settings& settings;

 private:
  void add_to_timeline(TimelineEntry entry);

  const Command& command_;
  Lifecycle status_before_ = state.lifecycle;  // Before the event that comes next.
  std::vector<Event> events_;
  std::vector<PayoutRequest> payouts_;
};

}  // namespace returnflows::returns
