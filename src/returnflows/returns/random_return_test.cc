#include "returnflows/returns/random_return_test.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/returns/return_draft.h"

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

std::string money(std::uint32_t minor) {
  const std::string cents = std::to_string(100 + minor % 100).substr(1);
  return R"({"amount":")" + std::to_string(minor / 100) + "." + cents + R"(","currency":"DKK"})";
}

constexpr std::uint64_t kBodiesSeed = 1;
constexpr std::size_t kBodyCount = 256;

// Bodies of POST /v1/returns with some of everything, the same on every run.
class RandomBody {
 public:
  std::string draw() {
    std::string body = R"({"order":{"id":"1","currency":"DKK","is_full_return":true},)"
                       R"("customer":{"id":"c"},"items":[)";
    const std::uint32_t item_count = 1 + below(4);
    for (std::uint32_t i = 0; i < item_count; ++i)
      body += (i == 0 ? "" : ",") + draw_item();
    body += "]";
    if (below(3) == 0) body += R"(,"return_label_fee":)" + money(3900);
    if (below(4) == 0) body += R"(,"outgoing_shipping_refund":)" + money(4900);
    if (below(4) == 0) body += R"(,"payment_due":)" + money(below(2) * 3900);
    return body + "}";
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  std::string draw_item() {
    const std::uint32_t price = below(100'000);
    const std::string quantity = std::to_string(1 + below(3));
    std::string item = R"({"sku":"A","quantity":)" + quantity + R"(,"prices":{"unit_price":)" +
                       money(price) + R"(,"tax":{"rate":"0.25","included":)" +
                       (below(4) == 0 ? "false}}" : "true}}");
    switch (below(3)) {
      case 0:
        return item + R"(,"action":"refund"})";
      case 1:
        return item + R"(,"action":"gift_card","gift_card":{"bonus_percent":"12.5"}})";
      default:
        return item + R"(,"action":"exchange","exchange_to":{"sku":"B","list_price":)" +
               money(below(2) == 0 ? price + 3000 : price / 2) + "}}";
    }
  }

  std::mt19937_64 random_{kBodiesSeed};
};

std::vector<CreateReturn> creations_from_bodies() {
  RandomBody body;
  std::vector<CreateReturn> creations;
  for (std::size_t i = 0; i < kBodyCount; ++i)
    creations.push_back(parse_return_draft(body.draw()).value().creation);
  return creations;
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
  static const std::vector<CreateReturn> kCreations = creations_from_bodies();
  if (draw_one_in(3)) return draw_creation_without_facts();
  CreateReturn creation = kCreations[below(static_cast<std::uint32_t>(kCreations.size()))];
  creation.return_id = "ret_1";
  return creation;
}

CreateReturn RandomReturn::draw_creation_without_facts() {
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
  const auto count = static_cast<std::uint32_t>(state.payouts.size());
  const std::string id = count == 0 ? "pay_rf_1" : state.payouts[below(count)].id;
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

ProcessReturn RandomReturn::draw_processing(const ReturnState& state) {
  ProcessReturn process;
  if (!state.facts || draw_one_in(4)) return process;
  for (const ItemFacts& item : state.facts->items) {
    if (draw_one_in(3)) continue;
    ItemOutcome outcome;
    outcome.item_id = draw_one_in(50) ? "rit_99" : item.id;
    outcome.decision = draw_one_in(3) ? ItemDecision::kRejected : ItemDecision::kAccepted;
    if (draw_one_in(2))
      outcome.quantity_received = below(static_cast<std::uint32_t>(item.quantity) + 1);
    process.items.push_back(std::move(outcome));
  }
  return process;
}

CommandBody RandomReturn::draw_given_command(const ReturnState& state) {
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
      return draw_processing(state);
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
    command.body = draw_given_command(state);
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
