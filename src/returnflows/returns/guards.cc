#include "returnflows/returns/guards.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace returnflows::returns {
namespace {

// What a guard asks. Each comes with the sentence for who asked in vain.
using Condition = bool (*)(const ReturnState&, ActorType);

struct Guard {
  Condition holds;
  std::string_view otherwise;
};

constexpr Guard kNotPaused = {
    .holds = [](const ReturnState& state, ActorType) { return !state.pause; },
    .otherwise = "the return is paused; resume it first"};
constexpr Guard kPaused = {
    .holds = [](const ReturnState& state, ActorType) { return state.pause.has_value(); },
    .otherwise = "the return is not paused"};
constexpr Guard kPaymentDue = {
    .holds = [](const ReturnState& state, ActorType) { return !state.payment.is_settled(); },
    .otherwise = "no payment is due"};
constexpr Guard kPaymentSettled = {
    .holds = [](const ReturnState& state, ActorType) { return state.payment.is_settled(); },
    .otherwise = "a payment is still due"};
constexpr Guard kNotHandedIn = {
    .holds = [](const ReturnState& state, ActorType) { return !is_handed_in(state); },
    .otherwise = "the parcel is handed in already"};
constexpr Guard kCustomerBeforeHandIn = {
    .holds = [](const ReturnState& state,
                ActorType actor) { return actor != ActorType::kCustomer || !is_handed_in(state); },
    .otherwise = "after the hand-in only staff can cancel"};
constexpr Guard kNotClosing = {
    .holds = [](const ReturnState& state, ActorType) { return !state.close_run; },
    .otherwise = "a close is under way; wait for its payouts"};
constexpr Guard kNoPayoutExecuted = {
    .holds = [](const ReturnState& state, ActorType) { return !has_executed_payout(state); },
    .otherwise = "a payout was executed, or may have been"};
constexpr Guard kExchangeNotReleased = {
    .holds =
        [](const ReturnState& state, ActorType) {
          return state.exchange.status != ExchangeStatus::kReleased &&
                 state.exchange.status != ExchangeStatus::kFulfilled;
        },
    .otherwise = "the exchange is released already"};
constexpr Guard kCountingDown = {
    .holds = [](const ReturnState& state,
                ActorType) { return state.auto_close.status == AutoCloseStatus::kCountingDown; },
    .otherwise = "no countdown is running"};
constexpr Guard kLatched = {.holds =
                                [](const ReturnState& state, ActorType) {
                                  return state.auto_close.is_latched &&
                                         (state.auto_close.status == AutoCloseStatus::kArmed ||
                                          state.auto_close.status == AutoCloseStatus::kCancelled ||
                                          state.auto_close.status == AutoCloseStatus::kFailed);
                                },
                            .otherwise = "the auto-close does not wait to be armed again"};
constexpr Guard kNotInReview = {
    .holds = [](const ReturnState& state, ActorType) { return !state.flags.needs_review; },
    .otherwise = "the return is marked already"};
constexpr Guard kInReview = {
    .holds = [](const ReturnState& state, ActorType) { return state.flags.needs_review; },
    .otherwise = "the return is not marked"};
constexpr Guard kNoFraudHold = {
    .holds = [](const ReturnState& state, ActorType) { return !state.flags.fraud_hold; },
    .otherwise = "the return is flagged already"};
constexpr Guard kFraudHold = {
    .holds = [](const ReturnState& state, ActorType) { return state.flags.fraud_hold; },
    .otherwise = "the return is not flagged"};
constexpr Guard kTracked = {
    .holds = [](const ReturnState& state, ActorType) { return !state.flags.tracking_lost; },
    .otherwise = "the tracking is lost already"};
constexpr Guard kTrackingLost = {
    .holds = [](const ReturnState& state, ActorType) { return state.flags.tracking_lost; },
    .otherwise = "the tracking is not lost"};

constexpr unsigned bit(Lifecycle lifecycle) {
  return 1U << static_cast<unsigned>(lifecycle);
}

constexpr unsigned kCreated = bit(Lifecycle::kCreated);
constexpr unsigned kReady = bit(Lifecycle::kCompleted) | bit(Lifecycle::kProcessed);
// A flag outlives the close that it came too late for.
constexpr unsigned kFlagged = kReady | bit(Lifecycle::kClosed);

constexpr std::size_t kGuardsMax = 5;

struct Row {
  CommandName name;
  int number;     // Of the table.
  unsigned from;  // Bits of lifecycles.
  std::array<const Guard*, kGuardsMax> guards{};
};

constexpr std::array<Row, kCommandNameCount> kRows = {{
    {CommandName::kPay, 2, kCreated, {&kPaymentDue}},
    {CommandName::kComplete, 3, kCreated, {&kPaymentSettled, &kNotPaused}},
    {CommandName::kLabel, 4, kReady, {&kNotPaused, &kNotHandedIn}},
    {CommandName::kProcess, 7, bit(Lifecycle::kCompleted), {&kNotPaused}},
    {CommandName::kClose, 8, kReady, {&kNotPaused, &kPaymentSettled, &kNotClosing}},
    {CommandName::kCancel,
     14,
     kCreated | kReady,
     {&kNotClosing, &kNoPayoutExecuted, &kExchangeNotReleased, &kCustomerBeforeHandIn}},
    {CommandName::kPause, 12, kCreated | kReady, {&kNotPaused, &kNotClosing}},
    {CommandName::kResume, 13, kCreated | kReady, {&kPaused}},
    {CommandName::kReset,
     15,
     kReady,
     {&kNotPaused, &kNotClosing, &kNoPayoutExecuted, &kExchangeNotReleased}},
    {CommandName::kCancelAutoClose, 10, kReady, {&kCountingDown}},
    {CommandName::kRearmAutoClose, 11, kReady, {&kLatched, &kNotClosing}},
    {CommandName::kMarkNeedsReview, 16, kReady, {&kNotInReview}},
    {CommandName::kClearNeedsReview, 16, kFlagged, {&kInReview}},
    {CommandName::kFlagFraud, 16, kReady, {&kNoFraudHold}},
    {CommandName::kClearFraud, 16, kFlagged, {&kFraudHold}},
    {CommandName::kLoseTracking, 16, kReady, {&kTracked}},
    {CommandName::kRestoreTracking, 16, kReady, {&kTrackingLost}},
}};

}  // namespace

std::optional<std::string_view> refusal_of(CommandName name,
                                           const ReturnState& state,
                                           ActorType actor) {
  const Row& row = kRows[static_cast<std::size_t>(name)];
  if ((row.from & bit(state.lifecycle)) == 0)
    return "the return's status does not allow this command";
  for (const Guard* guard : row.guards)
    if (guard != nullptr && !guard->holds(state, actor)) return guard->otherwise;
  return std::nullopt;
}

}  // namespace returnflows::returns
