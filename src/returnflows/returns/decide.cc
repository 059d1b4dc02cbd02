#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "returnflows/returns/decision.h"
#include "returnflows/returns/guards.h"
#include "returnflows/returns/item_decisions.h"
#include "returnflows/returns/reaction.h"
#include "returnflows/returns/rows.h"

namespace returnflows::returns {
namespace {

// Sends each command to its row of the table in docs/returns.md.
struct RowOf {
  Transition& transition;

  void operator()(const CreateReturn& command) const { create(transition, command); }

  void operator()(const SettlePayment& command) const { settle_payment(transition, command); }

  void operator()(const CompleteReturn&) const {
    complete(transition, transition.by_command("CompleteReturn"));
  }

  void operator()(const GenerateLabel& command) const { generate_label(transition, command); }

  void operator()(const ReportLabelFailure&) const { report_label_failure(transition); }

  void operator()(const CarrierScan& command) const { scan(transition, command); }

  void operator()(const ProcessReturn& command) const {
    process(transition, command, transition.by_command("ProcessReturn"));
  }

  void operator()(const CloseReturn&) const { close_by_command(transition); }

  void operator()(const PayoutSucceeded& command) const { payout_succeeded(transition, command); }

  void operator()(const PayoutFailed& command) const { payout_failed(transition, command); }

  void operator()(const CancelAutoClose&) const { cancel_auto_close(transition); }

  void operator()(const RearmAutoClose&) const { rearm_auto_close(transition); }

  void operator()(const PauseReturn& command) const { pause(transition, command); }

  void operator()(const ResumeReturn& command) const { resume(transition, command); }

  void operator()(const CancelReturn& command) const { cancel(transition, command); }

  void operator()(const ResetReturn& command) const { reset(transition, command); }

  void operator()(const MarkNeedsReview&) const { mark_needs_review(transition, Switch::kOn); }

  void operator()(const ClearNeedsReview&) const { mark_needs_review(transition, Switch::kOff); }

  void operator()(const FlagFraud&) const { flag_fraud(transition, Switch::kOn); }

  void operator()(const ClearFraud&) const { flag_fraud(transition, Switch::kOff); }

  void operator()(const LoseTracking&) const { lose_tracking(transition, Switch::kOn); }

  void operator()(const RestoreTracking&) const { lose_tracking(transition, Switch::kOff); }

  void operator()(const CheckAfterClose& command) const { check_after_close(transition, command); }

  void operator()(const FireTimer& command) const { fire_timer(transition, command.kind); }

  void operator()(const ReviewSettings&) const {}  // The reaction is all there is to do.
};

std::optional<std::string_view> refusal_of(const ReturnState& state, const Command& command) {
  const bool is_creation = std::holds_alternative<CreateReturn>(command.body);
  if (is_creation != (state.lifecycle == Lifecycle::kNone))
    return is_creation ? "the return exists already" : "the return does not exist";
  if (const auto* scan = std::get_if<CarrierScan>(&command.body);
      scan != nullptr && !knows_tracking_number(state, scan->tracking_number))
    return "no label of the return has this tracking number";
  if (const auto name = name_of(command.body)) return refusal_of(*name, state, command.actor.type);
  return std::nullopt;
}

}  // namespace

Outcome decide(ReturnState state, const Command& command, Timestamp now, const Settings& settings) {
  if (const auto reason = refusal_of(state, command))
    return std::unexpected(Refusal{.reason = *reason,
                                   .lifecycle = state.lifecycle,
                                   .is_paused = state.pause.has_value(),
                                   .allowed = allowed_commands(state, command.actor.type)});
  if (const auto* processing = std::get_if<ProcessReturn>(&command.body)) {
    auto wrong = check_decisions(state, processing->items);
    if (!wrong.empty())
      return std::unexpected(Refusal{.reason = "the decisions do not fit the items of the return",
                                     .lifecycle = state.lifecycle,
                                     .is_paused = state.pause.has_value(),
                                     .allowed = allowed_commands(state, command.actor.type),
                                     .fields = std::move(wrong)});
  }
  Transition transition{std::move(state), command, now, settings};
  std::visit(RowOf{transition}, command.body);
  react(transition);
  return std::move(transition).finish();
}

std::vector<CommandName> allowed_commands(const ReturnState& state, ActorType actor) {
  std::vector<CommandName> allowed;
  for (std::size_t index = 0; index < kCommandNameCount; ++index) {
    const auto name = static_cast<CommandName>(index);
    if (!refusal_of(name, state, actor)) allowed.push_back(name);
  }
  return allowed;
}

}  // namespace returnflows::returns
