#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/events/event_type.h"
#include "returnflows/returns/command.h"
#include "returnflows/returns/event_detail.h"
#include "returnflows/returns/return_state.h"
#include "returnflows/returns/settings.h"

namespace returnflows::returns {

// One event that a decision makes, with the return as it is at that moment.
struct Event {
  EventType type{};
  Timestamp occurred_at;        // The carrier's time for its scans, else that of the decision.
  Lifecycle previous_status{};  // Before this event; kNone for the first.
  Actor actor;                  // Who caused it: often the server itself.
  std::string_view command;     // "CloseReturn": a literal.
  std::optional<std::string> correlation_id;
  EventDetail detail;
  ReturnState snapshot;
};

enum class PayoutAction : std::uint8_t {
  kExecute,         // Make it.
  kAskThenExecute,  // Its last outcome is unknown: make it only if the provider has not.
  kAsk,             // The check after the close.
};

// What to ask of the payout provider once the decision is committed. The key is
// `<return>/<revision>/<payout id>`.
struct PayoutRequest {
  PayoutAction action = PayoutAction::kExecute;
  std::string return_id;
  std::int64_t revision = 1;
  std::string payout_id;
};

struct Timer {
  TimerKind kind = TimerKind::kAutoClose;
  Timestamp due_at;

  bool operator==(const Timer&) const = default;
};

// All that a command leads to. Commit state, events and timers together, then make the payouts.
struct Decision {
  ReturnState state;
  std::vector<Event> events;  // In the order in which they are emitted.
  std::vector<PayoutRequest> payouts;
  std::vector<Timer> timers;  // All that the return wants from now on, at most one a kind.
};

// Why a command was not taken. Nothing changes.
struct Refusal {
  std::string_view reason;  // A sentence for people.
  Lifecycle lifecycle{};
  bool is_paused = false;
  std::vector<CommandName> allowed;
  // The state would allow the command, but these fields of it do not fit the return.
  std::vector<FieldError> fields = {};
};

using Outcome = std::expected<Decision, Refusal>;

// What `command` does to `state` at `now`: the whole of the rules, and nothing outside of its
// arguments. Source: docs/returns.md.
//
// Input:   `state` as a decision left it, or a fresh one for CreateReturn; `now` never goes back.
// Returns: a decision, also when nothing happens (a repeated scan, a timer no longer wanted).
// Errors:  a Refusal when the return's state does not allow the command.
Outcome decide(ReturnState state, const Command& command, Timestamp now, const Settings& settings);

// The commands that decide() would take from `actor`, in the order of CommandName.
std::vector<CommandName> allowed_commands(const ReturnState& state, ActorType actor);

}  // namespace returnflows::returns
