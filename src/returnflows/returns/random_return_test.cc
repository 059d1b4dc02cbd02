#include "returnflows/returns/random_return_test.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace returnflows::returns {
namespace {

constexpr std::array kActors = {
    ActorType::kCustomer, ActorType::kStaff, ActorType::kApi, ActorType::kWms};

constexpr std::array kScanStatuses = {ScanStatus::kLabelCreated,
                                      ScanStatus::kInTransit,
                                      ScanStatus::kInTransit,
                                      ScanStatus::kInTransit,
                                      ScanStatus::kAvailableForPickup,
                                      ScanStatus::kDelivered,
                                      ScanStatus::kDelivered,
                                      ScanStatus::kException,
                                      ScanStatus::kReturnedToCustomer,
                                      ScanStatus::kLost};

Payout payout_of(std::string id, PayoutKind kind) {
  Payout payout;
  payout.id = std::move(id);
  payout.kind = kind;
  payout.amount.minor = 100;
  return payout;
}

}  // namespace

Settings RandomReturn::draw_settings() {
  Settings settings;
  settings.auto_close = draw_one_in(4) ? Switch::kOff : Switch::kOn;
  settings.trigger = draw_one_in(2) ? Trigger::kHandedIn : Trigger::kDelivered;
  settings.delay = std::chrono::hours{below(25)};
  settings.instant_exchange = draw_one_in(2) ? Switch::kOn : Switch::kOff;
  settings.payouts = draw_one_in(3) ? PayoutProvider::kManual : PayoutProvider::kExternal;
  if (draw_one_in(2)) settings.payment_alert = std::chrono::hours{below(72)};
  return settings;
}

CreateReturn RandomReturn::draw_creation() {
  CreateReturn creation;
  creation.return_id = "ret_1";
  creation.payment_due.minor = draw_one_in(4) ? 3900 : 0;
  if (!draw_one_in(4)) creation.payouts.push_back(payout_of("pay_rf_1", PayoutKind::kRefund));
  if (draw_one_in(2)) creation.payouts.push_back(payout_of("pay_gc_1", PayoutKind::kGiftCard));
  if (draw_one_in(2)) creation.exchange_order_number = "#EXCHANGE-#1";
  return creation;
}

CarrierScan RandomReturn::draw_scan(const ReturnState& state, Timestamp now) {
  CarrierScan scan;
  const auto count = static_cast<std::uint32_t>(state.labels.size());
  // Mostly the newest label; also older ones, and one that nobody knows.
  const std::uint32_t back = draw_one_in(5) ? below(count + 1) : 0;
  scan.tracking_number = back < count ? state.labels[count - 1 - back].tracking_number : "unknown";
  scan.status = kScanStatuses[below(kScanStatuses.size())];
  scan.occurred_at = now - std::chrono::minutes{below(600)} + std::chrono::minutes{below(60)};
  if (draw_one_in(2)) scan.source = "feed:" + std::to_string(below(20));
  return scan;
}

CommandBody RandomReturn::draw_payout_answer(const ReturnState& state) {
  const std::string id = draw_one_in(2) ? "pay_rf_1" : "pay_gc_1";
  const std::int64_t revision = draw_one_in(10) ? state.revision - 1 : state.revision;
  if (!draw_one_in(3)) {
    PayoutSucceeded succeeded;
    succeeded.payout_id = id;
    succeeded.revision = revision;
    return succeeded;
  }
  PayoutFailed failed;
  failed.payout_id = id;
  failed.revision = revision;
  failed.outcome = draw_one_in(2) ? PayoutOutcome::kUnknown : PayoutOutcome::kRefused;
  return failed;
}

CheckAfterClose RandomReturn::draw_check(const ReturnState& state) {
  CheckAfterClose check;
  for (const Payout& payout : state.payouts) {
    CheckedPayout checked;
    checked.payout_id = payout.id;
    if (draw_one_in(4)) checked.verdict = PayoutVerdict::kFailed;
    if (draw_one_in(4)) checked.verdict = PayoutVerdict::kPending;
    check.payouts.push_back(std::move(checked));
  }
  return check;
}

CommandBody RandomReturn::draw_given_command() {
  switch (below(22)) {
    case 0:
      return CloseReturn{};
    case 1:
      return CancelAutoClose{};
    case 2:
    case 3:
      return RearmAutoClose{};
    case 4:
      return PauseReturn{.scope = draw_one_in(2) ? Scope::kOrder : Scope::kReturn};
    case 5:
    case 6:
    case 7:
      return ResumeReturn{.scope = draw_one_in(2) ? Scope::kOrder : Scope::kReturn};
    case 8:
      if (draw_one_in(4)) return CancelReturn{};
      return ProcessReturn{};
    case 9:
      return ResetReturn{};
    case 10:
      return MarkNeedsReview{};
    case 11:
    case 12:
      return ClearNeedsReview{};
    case 13:
      return FlagFraud{};
    case 14:
    case 15:
      return ClearFraud{};
    case 16:
      return LoseTracking{};
    case 17:
      return RestoreTracking{};
    case 18:
      return SettlePayment{};
    case 19:
      return ReportLabelFailure{};
    case 20:
      return CompleteReturn{};
    default: {
      GenerateLabel label;
      label.carrier = "gls_dk";
      // Two labels of one return may carry the same number.
      if (!draw_one_in(10)) label_number_ += 1;
      label.tracking_number = "track_" + std::to_string(label_number_);
      return label;
    }
  }
}

Command RandomReturn::draw_command(const ReturnState& state, Timestamp now) {
  Command command;
  command.actor.type = kActors[below(kActors.size())];
  const std::uint32_t kind = below(20);
  if ((state.lifecycle == Lifecycle::kNone) != draw_one_in(200))
    command.body = draw_creation();
  else if (kind < 9)
    command.body = draw_given_command();
  else if (kind < 14)
    command.body = draw_scan(state, now);
  else if (kind < 17)
    command.body = draw_payout_answer(state);
  else if (kind < 18)
    command.body = draw_check(state);
  else if (kind < 19)
    command.body = FireTimer{.kind = kTimerKinds[below(kTimerKinds.size())]};
  else
    command.body = ReviewSettings{};
  return command;
}

std::chrono::milliseconds RandomReturn::draw_pause() {
  switch (below(8)) {
    case 0:
      return std::chrono::milliseconds{0};
    case 1:
      return std::chrono::minutes{below(14'400)};
    default:
      return std::chrono::seconds{below(40'000)};
  }
}

}  // namespace returnflows::returns
