#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/returns/auto_close.h"
#include "returnflows/returns/rows.h"

// A close is two commits: the first asks for the payouts, the second, when all of them are
// answered, closes the return or says why not. Without anything to wait for both are one.
namespace returnflows::returns {
namespace {

constexpr std::chrono::seconds kCheckDelayMin{1};  // A check at once would find nothing yet.

// Of a gift card's code, should a provider answer with the whole of it: whoever knows more is
// nearer to spending it. Source: docs/receiving/payload.md, "no secrets".
constexpr std::size_t kCodeCharactersShown = 4;

Payout* find_payout(ReturnState& state, std::string_view id, std::int64_t revision) {
  if (revision != state.revision) return nullptr;
  const auto found = std::ranges::find(state.payouts, id, &Payout::id);
  return found == state.payouts.end() ? nullptr : &*found;
}

const Payout* first_failed(const ReturnState& state) {
  const auto found = std::ranges::find(state.payouts, PayoutStatus::kFailed, &Payout::status);
  return found == state.payouts.end() ? nullptr : &*found;
}

void succeed(Payout& payout, Timestamp now) {
  payout.status = PayoutStatus::kSucceeded;
  payout.is_outcome_unknown = false;
  payout.error.reset();
  payout.executed_at = now;
}

std::string last_shown(std::string_view code) {
  std::string_view shown = code.substr(code.size() - std::min(code.size(), kCodeCharactersShown));
  // The providers' codes are ASCII. Should one not be, no character of UTF-8 is cut in two.
  while (!shown.empty() && (static_cast<unsigned char>(shown.front()) & 0xC0U) == 0x80U)
    shown.remove_prefix(1);
  return std::string{shown};
}

void start_payouts(Transition& transition) {
  for (Payout& payout : transition.state.payouts) {
    if (payout.status != PayoutStatus::kPending && payout.status != PayoutStatus::kFailed) continue;
    if (transition.settings.payouts == PayoutProvider::kManual) {
      // The provider that could tell what came of it is gone: nobody may take it for paid.
      if (!payout.is_outcome_unknown) succeed(payout, transition.now);
      continue;
    }
    transition.request(
        payout.is_outcome_unknown ? PayoutAction::kAskThenExecute : PayoutAction::kExecute, payout);
    payout.status = PayoutStatus::kUnderWay;
    payout.error.reset();
  }
}

Origin closing(const Actor& by) {
  return {.command = "CloseReturn", .actor = by};
}

std::chrono::seconds check_delay(const Settings& settings) {
  return std::max(settings.after_close_check, kCheckDelayMin);
}

AutoCloseFailure failure_of(const Payout& payout, FailurePhase phase) {
  const PayoutError error = payout.error.value_or(PayoutError{});
  return {.payout_id = payout.id,
          .phase = phase,
          .message = error.message,
          .is_retryable = error.is_retryable};
}

void fail_auto_close(Transition& transition, const Payout& payout, FailurePhase phase) {
  AutoCloseRegion& auto_close = transition.state.auto_close;
  auto_close.status = AutoCloseStatus::kFailed;
  auto_close.is_latched = true;
  auto_close.failed_at = transition.now;
  auto_close.failure = failure_of(payout, phase);
  transition.emit(
      EventType::kReturnAutoCloseFailed,
      closing(auto_close_actor()),
      AutoCloseFailedDetail{.attempt = auto_close.attempt,
                            .failure = *auto_close.failure,
                            .is_return_closed = transition.state.lifecycle == Lifecycle::kClosed});
}

bool release_exchange(Transition& transition) {
  ExchangeRegion& exchange = transition.state.exchange;
  if (exchange.status != ExchangeStatus::kOnHold) return false;
  exchange.status = ExchangeStatus::kReleased;
  exchange.released_at = transition.now;
  exchange.release_reason = ReleaseReason::kReturnClosed;
  return true;
}

// The second commit, when every payout arrived.
void finish_close(Transition& transition, const Actor& by) {
  ReturnState& state = transition.state;
  state.closed_at = transition.now;
  state.closed_by = by.type;
  state.after_close_check = {.status = CheckStatus::kScheduled,
                             .due_at = transition.now + check_delay(transition.settings),
                             .asked_count = 0};
  state.flags.tracking_lost = false;  // No parcel is waited for any more.
  transition.clear(AlertCode::kAutoCloseCancelledFraud);
  transition.clear(AlertCode::kRefundFailed);
  ClosedDetail detail{.closed_by = by.type,
                      .payout_ids = {},
                      .is_exchange_released = release_exchange(transition),
                      .after_close_check_at = *state.after_close_check.due_at};
  for (const Payout& payout : state.payouts)
    if (payout.status != PayoutStatus::kCanceled) detail.payout_ids.push_back(payout.id);
  transition.move_to(Lifecycle::kClosed);
  transition.emit(EventType::kReturnClosed, closing(by), std::move(detail));
  if (state.auto_close.status != AutoCloseStatus::kExecuting) return;
  state.auto_close.status = AutoCloseStatus::kCompleted;
  state.auto_close.completed_at = transition.now;
  transition.emit(
      EventType::kReturnAutoCloseCompleted,
      closing(by),
      AutoCloseCompletedDetail{.attempt = state.auto_close.attempt, .closed_at = transition.now});
}

// The second commit, once no payout is under way any more.
void settle_close(Transition& transition) {
  ReturnState& state = transition.state;
  const auto is_under_way = [](const Payout& payout) {
    return payout.status == PayoutStatus::kUnderWay;
  };
  if (!state.close_run || std::ranges::any_of(state.payouts, is_under_way)) return;
  const Actor by = std::exchange(state.close_run, std::nullopt)->by;
  const Payout* failed = first_failed(state);
  if (failed == nullptr) {
    finish_close(transition, by);
    return;
  }
  transition.raise(AlertCode::kRefundFailed);
  state.flags.needs_review = true;
  // After any failure a person decides when money may move by itself again.
  state.auto_close.is_latched = true;
  if (state.auto_close.status == AutoCloseStatus::kExecuting)
    fail_auto_close(transition, *failed, FailurePhase::kExecute);
}

void start_close(Transition& transition, const Actor& by, ProcessSource source) {
  if (transition.state.lifecycle == Lifecycle::kCompleted)
    process(transition, {.source = source}, {.command = "ProcessReturn", .actor = by});
  transition.state.close_run = CloseRun{.by = by, .started_at = transition.now};
  start_payouts(transition);
  settle_close(transition);
}

// One answer of the check after the close. A failure is reported at once, whatever becomes of the
// other payouts: each of them may be the customer's money.
void take_answer(Transition& transition, const CheckedPayout& checked) {
  ReturnState& state = transition.state;
  Payout* payout = find_payout(state, checked.payout_id, state.revision);
  if (payout == nullptr || payout->is_checked || checked.verdict == PayoutVerdict::kPending) return;
  payout->is_checked = true;
  if (checked.verdict == PayoutVerdict::kSettled) return;
  payout->status = PayoutStatus::kFailed;
  payout->error = checked.error;
  transition.raise(AlertCode::kRefundFailed);
  if (state.closed_by == ActorType::kAutoClose)
    fail_auto_close(transition, *payout, FailurePhase::kAfterCloseCheck);
}

}  // namespace

void close_by_command(Transition& transition) {
  const Actor by = transition.by_command("CloseReturn").actor;
  cancel_countdown(transition, CancelReason::kManualClose, by);
  // Whoever closes has looked at what was wrong. What is flagged from here on, while payouts are
  // under way, nobody has looked at: it outlives the close.
  transition.state.flags.needs_review = false;
  start_close(
      transition, by, by.type == ActorType::kWms ? ProcessSource::kWms : ProcessSource::kStaff);
}

void auto_close_due(Transition& transition) {
  // Otherwise the reaction, which comes next, ends the countdown with the reason.
  if (first_failing_reason(transition.state, transition.settings)) return;
  transition.state.auto_close.status = AutoCloseStatus::kExecuting;
  start_close(transition, auto_close_actor(), ProcessSource::kAutoClose);
}

void payout_succeeded(Transition& transition, const PayoutSucceeded& command) {
  Payout* payout = find_payout(transition.state, command.payout_id, command.revision);
  const bool is_awaited = payout != nullptr &&
                          (payout->status == PayoutStatus::kUnderWay || payout->is_outcome_unknown);
  if (!is_awaited) return;
  succeed(*payout, transition.now);
  payout->external_id = command.external_id;
  if (payout->kind == PayoutKind::kGiftCard && command.last_characters)
    payout->last_characters = last_shown(*command.last_characters);
  settle_close(transition);
}

void payout_failed(Transition& transition, const PayoutFailed& command) {
  Payout* payout = find_payout(transition.state, command.payout_id, command.revision);
  if (payout == nullptr || payout->status != PayoutStatus::kUnderWay) return;
  payout->status = PayoutStatus::kFailed;
  payout->is_outcome_unknown = command.outcome == PayoutOutcome::kUnknown;
  payout->error = command.error;
  settle_close(transition);
}

void ask_after_close(Transition& transition) {
  ReturnState& state = transition.state;
  AfterCloseCheck& check = state.after_close_check;
  check.asked_count += 1;
  const bool has_nothing_to_ask = transition.settings.payouts == PayoutProvider::kManual ||
                                  std::ranges::all_of(state.payouts, &Payout::is_checked);
  if (has_nothing_to_ask || check.asked_count > limits::kAfterCloseAsksMax) {
    check = {
        .status = CheckStatus::kDone, .due_at = std::nullopt, .asked_count = check.asked_count};
    if (!has_nothing_to_ask) transition.note("the provider never said whether the payouts arrived");
    return;
  }
  // Asked again at the same interval until an answer comes: it may be lost in a restart.
  check.due_at = transition.now + check_delay(transition.settings);
  for (const Payout& payout : state.payouts)
    if (!payout.is_checked) transition.request(PayoutAction::kAsk, payout);
}

void check_after_close(Transition& transition, const CheckAfterClose& command) {
  ReturnState& state = transition.state;
  if (state.after_close_check.status != CheckStatus::kScheduled) return;
  for (const CheckedPayout& checked : command.payouts)
    take_answer(transition, checked);
  // What has no answer yet is asked again by the timer, which goes on.
  if (!std::ranges::all_of(state.payouts, &Payout::is_checked)) return;
  state.after_close_check.status = CheckStatus::kDone;
  state.after_close_check.due_at.reset();
}

}  // namespace returnflows::returns
