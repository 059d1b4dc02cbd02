#include "returnflows/returns/return_under_test_test.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace returnflows::returns {
namespace {

std::string story_of(const std::vector<Event>& events) {
  std::string story;
  for (const Event& event : events) {
    const std::string_view name = event_type_name(event.type);
    if (!story.empty()) story += ' ';
    story += name.substr(name.rfind('.') + 1);
  }
  return story;
}

Money danish(std::string_view amount) {
  return parse_money(amount, Currency::parse("DKK").value()).value();
}

}  // namespace

std::string ReturnUnderTest::give(CommandBody body, ActorType actor) {
  return give(std::move(body), Actor{.type = actor});
}

std::string ReturnUnderTest::give(CommandBody body, Actor actor) {
  const Command command{
      .body = std::move(body), .actor = std::move(actor), .correlation_id = "cmd_1"};
  Outcome outcome = decide(state_, command, now, settings);
  if (!outcome) return std::string{outcome.error().reason};
  last_ = std::move(*outcome);
  state_ = last_.state;
  events_.insert(events_.end(), last_.events.begin(), last_.events.end());
  return "";
}

void ReturnUnderTest::with_gift_card() {
  gift_card_.emplace();
  gift_card_->id = "pay_gc_1";
  gift_card_->kind = PayoutKind::kGiftCard;
  gift_card_->amount = danish("100.00");
}

void ReturnUnderTest::create(std::string_view payment_due, std::optional<std::string> exchange) {
  Payout refund;
  refund.id = "pay_rf_1";
  refund.amount = danish("499.00");
  std::vector<Payout> payouts{refund};
  if (gift_card_) payouts.push_back(*gift_card_);
  ASSERT_EQ(give(CreateReturn{.return_id = "ret_1",
                              .payment_due = danish(payment_due),
                              .payouts = std::move(payouts),
                              .exchange_order_number = std::move(exchange),
                              .hand_in_deadline = now + std::chrono::days{14},
                              .facts = nullptr},
                 ActorType::kCustomer),
            "");
}

void ReturnUnderTest::carrier_says(ScanStatus status, Timestamp occurred_at) {
  CarrierScan scan;
  scan.tracking_number = test_tracking();
  scan.status = status;
  scan.occurred_at = occurred_at;
  give(std::move(scan), ActorType::kCarrier);
}

void ReturnUnderTest::create_delivered(std::optional<std::string> exchange) {
  create("0", std::move(exchange));
  label();
  now += std::chrono::hours{1};
  hand_in();
  now += std::chrono::hours{1};
  deliver();
}

void ReturnUnderTest::wait(std::chrono::milliseconds time) {
  const Timestamp end = now + time;
  while (true) {
    const auto next = std::ranges::min_element(last_.timers, {}, &Timer::due_at);
    if (next == last_.timers.end() || next->due_at > end) break;
    now = std::max(now, next->due_at);
    ASSERT_EQ(give(FireTimer{.kind = next->kind}, ActorType::kSystem), "");
  }
  now = end;
}

std::string ReturnUnderTest::story() const {
  return story_of(events_);
}

std::string ReturnUnderTest::last_story() const {
  return story_of(last_.events);
}

std::optional<Timestamp> ReturnUnderTest::timer(TimerKind kind) const {
  const auto found = std::ranges::find(last_.timers, kind, &Timer::kind);
  return found == last_.timers.end() ? std::nullopt : std::optional{found->due_at};
}

}  // namespace returnflows::returns
