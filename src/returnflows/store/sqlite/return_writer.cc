#include "returnflows/store/sqlite/return_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/returns/event_data.h"
#include "returnflows/returns/facts.h"
#include "returnflows/store/sqlite/varint.h"

namespace returnflows::sqlite {
namespace {

// A timer that fires and is wanted again as it was would fire for ever. No rule does that; should
// one ever, it costs one try a minute and not the process.
constexpr std::chrono::minutes kFiredAgainAfter{1};

std::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "there is no such return");
}

std::unexpected<Error> changed_meanwhile(std::int64_t stored) {
  return std::unexpected(
      Error{.code = ErrorCode::kConflict,
            .detail = "the return is at version " + std::to_string(stored) +
                      " now; read it again and decide whether the command still fits",
            .reason = "precondition_failed"});
}

// What is wrong with the command itself, for this return: an item that it does not have.
std::unexpected<Error> malformed(returns::Refusal refusal) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidInput,
                               .detail = std::string{refusal.reason},
                               .fields = std::move(refusal.fields)});
}

Cause cause_of(const returns::Event& event) {
  Cause cause{.actor_type = returns::actor_type_name(event.actor.type),
              .actor_id = {},
              .actor_name = {},
              .command = event.command,
              .correlation_id = {}};
  if (event.actor.id) cause.actor_id = *event.actor.id;
  if (event.actor.name) cause.actor_name = *event.actor.name;
  if (event.correlation_id) cause.correlation_id = *event.correlation_id;
  return cause;
}

std::string default_number(const returns::ReturnFacts& facts, ReturnId id) {
  std::string order = facts.order.name.value_or(std::to_string(id.value));
  std::erase(order, '#');
  return "RF-" + order + "-" + std::to_string(facts.iteration);
}

}  // namespace

std::string ReturnWriter::public_id(const StoredReturn& stored) const {
  return parts_.ids.encode(IdPrefix::kReturn, stored.id, stored.created_at);
}

ReturnView ReturnWriter::view(const StoredReturn& stored) const {
  return view_of(stored, parts_.ids, parts_.catalog.settings_of(stored.merchant)->rules);
}

// --- Running one command ---

Result<ReturnWriter::Applied> ReturnWriter::apply(StoredReturn before,
                                                  const returns::Command& command,
                                                  Group& group) {
  const auto settings = parts_.catalog.settings_of(before.merchant);
  auto decided = returns::decide(before.state, command, group.now, settings->rules);
  if (!decided) {
    return Applied{.stored = std::move(before),
                   .refusal = std::move(decided.error()),
                   .event_count = 0,
                   .timers = {}};
  }
  Applied applied{.stored = std::move(before),
                  .refusal = std::nullopt,
                  .event_count = decided->events.size(),
                  .timers = decided->timers};
  const std::int64_t labels = applied.stored.state.label_count;
  const bool changed = decided->state != applied.stored.state || !decided->payouts.empty();
  applied.stored.state = decided->state;
  if (changed) {
    ++applied.stored.version;
    RF_TRY_STATUS(write(applied.stored, labels, *decided, group));
  }
  // Also when the state stays: a change of settings may want other timers.
  RF_TRY_STATUS(parts_.timers.replace(applied.stored.id, applied.timers));
  note_timers(applied.timers, group);
  return applied;
}

Status ReturnWriter::write(const StoredReturn& after,
                           std::int64_t label_count_before,
                           returns::Decision& decision,
                           Group& group) {
  if (after.version == 1) {
    RF_TRY_STATUS(parts_.returns.insert(after, group.now));
  } else {
    RF_TRY_STATUS(parts_.returns.update(after, label_count_before, group.now));
  }
  RF_TRY_STATUS(write_events(after, decision.events, group));
  RF_TRY_STATUS(order_payouts(after, decision.payouts, group));
  group.report.returns.push_back(after.id);
  return {};
}

Status ReturnWriter::write_events(const StoredReturn& after,
                                  const std::vector<returns::Event>& events,
                                  Group& group) {
  const auto settings = parts_.catalog.settings_of(after.merchant);
  for (const returns::Event& event : events) {
    PublishedEvent published{.type = event.type,
                             .return_id = public_id(after),
                             .revision = event.snapshot.revision,
                             .previous_status = {},
                             .occurred_at = event.occurred_at,
                             .client_id = {},
                             .data_json = {}};
    if (event.previous_status != returns::Lifecycle::kNone) {
      published.previous_status = returns::lifecycle_name(event.previous_status);
    }
    returns::append_event_data(published.data_json, event, settings->rules, after.version);
    RF_TRY(const AcceptEvents::Accepted accepted,
           parts_.events.emit(after.merchant, std::move(published), cause_of(event), group));
    // Nobody else may publish events of this return, so that the log counts as the return does.
    RF_CHECK(accepted.sequence == event.snapshot.event_count);
  }
  return {};
}

Status ReturnWriter::order_payouts(const StoredReturn& after,
                                   const std::vector<returns::PayoutRequest>& requests,
                                   Group& group) {
  for (const returns::PayoutRequest& request : requests) {
    RF_TRY_STATUS(parts_.payouts.order({.id = after.id,
                                        .merchant = after.merchant,
                                        .request = request,
                                        .attempts_made = 0,
                                        .next_attempt_at = group.now}));
    if (request.action == returns::PayoutAction::kExecute) {
      RF_TRY_STATUS(order_from_present_provider(after.id, after.merchant, request));
    }
    take_sooner(group.report.first_payout, group.now);
  }
  return {};
}

Status ReturnWriter::order_from_present_provider(ReturnId id,
                                                 MerchantId merchant,
                                                 const returns::PayoutRequest& request) {
  const auto settings = parts_.catalog.settings_of(merchant);
  if (settings->payouts_url.empty()) return {};  // Nobody to order from: the former one stays.
  return parts_.payouts.set_provider(
      id, request, {.url = settings->payouts_url, .secret = settings->payouts_secret});
}

void ReturnWriter::note_timers(const std::vector<returns::Timer>& timers, Group& group) const {
  for (const returns::Timer& timer : timers) {
    take_sooner(group.report.first_timer, timer.due_at);
  }
}

Result<StoredReturn> ReturnWriter::find(ReturnId id) {
  RF_TRY(std::optional<StoredReturn> stored, parts_.returns.find(id));
  if (!stored) return not_found();
  return std::move(*stored);
}

// --- Commands from outside ---

Result<RunCommand::Outcome> ReturnWriter::run(const RunCommand& transition, Group& group) {
  if (!parts_.catalog.find(transition.merchant)) {
    return fail(ErrorCode::kNotFound, "there is no such merchant");
  }
  RF_TRY(std::optional<RunCommand::Outcome> answer, answered_before(transition, group.now));
  if (answer) return std::move(*answer);
  RunCommand::Outcome outcome;
  if (std::holds_alternative<RunCommand::NewReturn>(transition.target)) {
    RF_TRY(outcome, create(transition, group));
  } else if (const auto* order = std::get_if<RunCommand::OrderReturns>(&transition.target)) {
    RF_TRY(outcome, run_on_order(transition, *order, group));
  } else {
    RF_TRY(StoredReturn stored, find_target(transition));
    RF_TRY(outcome, run_on_one(transition, std::move(stored), group));
  }
  if (!outcome.refusal) RF_TRY_STATUS(remember(transition, outcome, group.now));
  return outcome;
}

Result<RunCommand::Outcome> ReturnWriter::create(const RunCommand& transition, Group& group) {
  returns::Command command = transition.command;
  auto* creation = std::get_if<returns::CreateReturn>(&command.body);
  RF_CHECK(creation != nullptr && creation->facts != nullptr);
  StoredReturn fresh{.id = parts_.returns.next_id(),
                     .merchant = transition.merchant,
                     .version = 0,
                     .created_at = group.now,
                     .state = {}};
  creation->return_id = public_id(fresh);
  RF_TRY(creation->facts, complete_facts(transition, *creation, fresh.id));
  RF_TRY(const Applied applied, apply(std::move(fresh), command, group));
  RF_CHECK(!applied.refusal);
  return RunCommand::Outcome{.returns = {view(applied.stored)},
                             .refusal = std::nullopt,
                             .event_count = applied.event_count};
}

// What only the store can know: which return of its order this is, and its number.
Result<std::shared_ptr<const returns::ReturnFacts>> ReturnWriter::complete_facts(
    const RunCommand& transition, const returns::CreateReturn& creation, ReturnId id) {
  if (creation.facts->iteration > 0 && !creation.facts->number.empty()) return creation.facts;
  auto facts = std::make_shared<returns::ReturnFacts>(*creation.facts);
  if (facts->iteration <= 0) {
    facts->iteration = 1;
    if (const auto& order = facts->order.id ? facts->order.id : facts->order.name) {
      RF_TRY(const std::vector<ReturnId> others,
             parts_.returns.of_order(transition.merchant, *order));
      facts->iteration += static_cast<std::int64_t>(others.size());
    }
  }
  if (facts->number.empty()) facts->number = default_number(*facts, id);
  return std::shared_ptr<const returns::ReturnFacts>(std::move(facts));
}

// Returns that cannot take the command (closed ones, those paused already) are left as they are.
Result<RunCommand::Outcome> ReturnWriter::run_on_order(const RunCommand& transition,
                                                       const RunCommand::OrderReturns& target,
                                                       Group& group) {
  RF_TRY(const std::vector<ReturnId> ids,
         parts_.returns.of_order(transition.merchant, target.order_id));
  RunCommand::Outcome outcome;
  for (const ReturnId id : ids) {
    RF_TRY(StoredReturn stored, find(id));
    if (!stored.state.is_open()) continue;
    RF_TRY(const Applied applied, apply(std::move(stored), transition.command, group));
    outcome.event_count += applied.event_count;
    outcome.returns.push_back(view(applied.stored));
  }
  return outcome;
}

Result<StoredReturn> ReturnWriter::find_target(const RunCommand& transition) {
  if (const auto* label = std::get_if<RunCommand::LabelledReturn>(&transition.target)) {
    RF_TRY(const std::optional<ReturnId> id,
           parts_.returns.of_label(transition.merchant, label->tracking_number));
    if (!id) {
      return fail(
          ErrorCode::kNotFound,
          "no return has a label with the tracking number \"" + label->tracking_number + "\"");
    }
    return find(*id);
  }
  const auto* one = std::get_if<RunCommand::OneReturn>(&transition.target);
  RF_CHECK(one != nullptr);
  RF_TRY(StoredReturn stored, find(one->id));
  if (stored.merchant != transition.merchant || stored.created_at != one->created_at) {
    return not_found();
  }
  return stored;
}

Result<RunCommand::Outcome> ReturnWriter::run_on_one(const RunCommand& transition,
                                                     StoredReturn stored,
                                                     Group& group) {
  const auto& accepted = transition.if_versions;
  if (!accepted.empty() && std::ranges::find(accepted, stored.version) == accepted.end()) {
    return changed_meanwhile(stored.version);
  }
  RF_TRY(Applied applied, apply(std::move(stored), transition.command, group));
  if (applied.refusal && !applied.refusal->fields.empty()) {
    return malformed(std::move(*applied.refusal));
  }
  return RunCommand::Outcome{.returns = {view(applied.stored)},
                             .refusal = std::move(applied.refusal),
                             .event_count = applied.event_count};
}

// --- Idempotency ---

// The answer is remembered as the rows that it was about: they are shown as they are now, since a
// repeated request asks whether the command was taken, not what the return looked like.
Status ReturnWriter::remember(const RunCommand& transition,
                              const RunCommand::Outcome& outcome,
                              Timestamp now) {
  if (!transition.idempotency) return {};
  std::string rows;
  for (const ReturnView& view : outcome.returns) {
    append_varint(rows, static_cast<std::uint64_t>(view.id.value));
  }
  return parts_.idempotency.remember(*transition.idempotency, rows, now);
}

Result<std::optional<RunCommand::Outcome>> ReturnWriter::answered_before(
    const RunCommand& transition, Timestamp now) {
  if (!transition.idempotency) return std::nullopt;
  RF_TRY(const std::optional<std::string> remembered,
         parts_.idempotency.find(*transition.idempotency, now));
  if (!remembered) return std::nullopt;
  RunCommand::Outcome outcome{.returns = {}, .refusal = std::nullopt, .event_count = 0};
  outcome.is_replay = true;
  std::string_view rows = *remembered;
  while (!rows.empty()) {
    const auto row = take_varint(rows);
    if (!row) return fail(ErrorCode::kCorruption, "a remembered answer is damaged");
    RF_TRY(const StoredReturn stored, find(ReturnId{static_cast<std::int64_t>(*row)}));
    outcome.returns.push_back(view(stored));
  }
  return outcome;
}

// --- What happens by itself ---

Result<FireTimers::Outcome> ReturnWriter::fire(const FireTimers& transition, Group& group) {
  FireTimers::Outcome outcome;
  for (;;) {
    RF_TRY(const std::optional<TimerTable::Due> due, parts_.timers.soonest());
    if (!due) return outcome;
    outcome.next_due = due->timer.due_at;
    if (due->timer.due_at > group.now || outcome.fired == transition.count_max) return outcome;
    outcome.next_due.reset();
    RF_TRY(StoredReturn stored, find(due->id));
    const returns::Command command{.body = returns::FireTimer{.kind = due->timer.kind},
                                   .actor = returns::system_actor()};
    RF_TRY(const Applied applied, apply(std::move(stored), command, group));
    ++outcome.fired;
    if (std::ranges::find(applied.timers, due->timer) == applied.timers.end()) continue;
    RF_TRY_STATUS(parts_.timers.set(
        due->id, {.kind = due->timer.kind, .due_at = group.now + kFiredAgainAfter}));
  }
}

Result<ReportPayout::Outcome> ReturnWriter::report(const ReportPayout& transition, Group& group) {
  RF_TRY_STATUS(parts_.payouts.settle(transition));
  if (transition.ask_again_at) take_sooner(group.report.first_payout, *transition.ask_again_at);
  if (!transition.result && !transition.moves_to_present_provider) return ReportPayout::Outcome{};
  RF_TRY(StoredReturn stored, find(transition.id));
  if (transition.moves_to_present_provider) {
    RF_TRY_STATUS(order_from_present_provider(stored.id, stored.merchant, transition.request));
  }
  if (!transition.result) return ReportPayout::Outcome{};
  RF_TRY(const Applied applied, apply(std::move(stored), *transition.result, group));
  RF_CHECK(!applied.refusal);
  return ReportPayout::Outcome{};
}

Result<ReviewReturns::Outcome> ReturnWriter::review(const ReviewReturns& transition, Group& group) {
  RF_TRY(const std::vector<ReturnId> ids,
         parts_.returns.open_after(transition.merchant, transition.after, transition.count_max));
  const returns::Command command{.body = returns::ReviewSettings{},
                                 .actor = returns::system_actor()};
  for (const ReturnId id : ids) {
    RF_TRY(StoredReturn stored, find(id));
    RF_TRY_STATUS(apply(std::move(stored), command, group));
  }
  return ReviewReturns::Outcome{.last = ids.empty() ? transition.after : ids.back(),
                                .done = ids.size() < transition.count_max};
}

}  // namespace returnflows::sqlite
