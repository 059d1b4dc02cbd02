#include "returnflows/dispatch/payout_report.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace returnflows {
namespace {

using std::chrono::seconds;
using Kind = PayoutAnswer::Kind;

// A provider that restarts, is deployed, or has an incident. Beyond, people want to know.
constexpr std::array<seconds, 4> kPauses{seconds{5}, seconds{60}, seconds{600}, seconds{3600}};

returns::Command told(returns::CommandBody body) {
  return {.body = std::move(body), .actor = returns::system_actor()};
}

returns::Command failed(const PayoutOrder& order,
                        returns::PayoutOutcome outcome,
                        returns::PayoutError error) {
  return told(returns::PayoutFailed{.payout_id = order.request.payout_id,
                                    .revision = order.request.revision,
                                    .outcome = outcome,
                                    .error = std::move(error)});
}

std::optional<returns::Command> checked(const PayoutOrder& order, const PayoutAnswer& answer) {
  returns::CheckedPayout found{.payout_id = order.request.payout_id};
  switch (answer.kind) {
    case Kind::kSettled:
      found.verdict = returns::PayoutVerdict::kSettled;
      break;
    case Kind::kRefused:
    case Kind::kUnknown:
      found.verdict = returns::PayoutVerdict::kFailed;
      found.error = answer.error;
      break;
    case Kind::kPending:
    case Kind::kNothing:
      return std::nullopt;
  }
  return told(returns::CheckAfterClose{.payouts = {std::move(found)}});
}

returns::PayoutOutcome outcome_for(PayoutReach reach) {
  return reach == PayoutReach::kNever ? returns::PayoutOutcome::kRefused
                                      : returns::PayoutOutcome::kUnknown;
}

// Of the last try. What the provider calls pending has reached it, whoever sent it.
returns::PayoutOutcome outcome_for(const PayoutAnswer& answer, PayoutReach reach) {
  return answer.kind == Kind::kPending ? returns::PayoutOutcome::kUnknown : outcome_for(reach);
}

}  // namespace

std::optional<Timestamp> next_payout_try_at(int attempts_made, Timestamp now) {
  const auto step = static_cast<std::size_t>(attempts_made - 1);
  if (step >= kPauses.size()) return std::nullopt;
  return now + kPauses.at(step);
}

ReportPayout report_payout(const PayoutOrder& order,
                           const PayoutAnswer& answer,
                           PayoutReach reach,
                           Timestamp now) {
  ReportPayout report{
      .id = order.id, .request = order.request, .attempts_made = order.attempts_made + 1};
  if (order.request.action == returns::PayoutAction::kAsk) {
    report.result = checked(order, answer);
    return report;
  }
  switch (answer.kind) {
    case Kind::kSettled:
      report.result = told(returns::PayoutSucceeded{.payout_id = order.request.payout_id,
                                                    .revision = order.request.revision,
                                                    .external_id = answer.external_id,
                                                    .last_characters = answer.last_characters});
      return report;
    case Kind::kRefused:
      report.result = failed(
          order,
          answer.is_doubtful ? returns::PayoutOutcome::kUnknown : returns::PayoutOutcome::kRefused,
          answer.error);
      return report;
    case Kind::kPending:
    case Kind::kUnknown:
    case Kind::kNothing:
      break;
  }
  report.ask_again_at = next_payout_try_at(report.attempts_made, now);
  if (!report.ask_again_at) report.result = failed(order, outcome_for(answer, reach), answer.error);
  return report;
}

ReportPayout report_move(const PayoutOrder& order, Timestamp now) {
  return {.id = order.id,
          .request = order.request,
          .ask_again_at = now,
          .attempts_made = order.attempts_made,
          .moves_to_present_provider = true};
}

ReportPayout report_without_provider(const PayoutOrder& order, PayoutReach reach) {
  ReportPayout report{
      .id = order.id, .request = order.request, .attempts_made = order.attempts_made};
  if (order.request.action == returns::PayoutAction::kAsk) return report;
  report.result =
      failed(order,
             outcome_for(reach),
             {.code = "no_provider",
              .message = "No payout provider is set any more: set payouts.url, or pay by hand.",
              .is_retryable = false});
  return report;
}

}  // namespace returnflows
