#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/returns/decision.h"

namespace returnflows::returns {

// 2 February 2026, 09:14 UTC: the moment at which tests create their return.
inline constexpr Timestamp kTestStart{std::chrono::milliseconds{1'770'023'643'120}};

inline constexpr std::string_view kTestTracking = "98765432109";

// One return with its clock and settings, so that a test reads as what happens to it.
class ReturnUnderTest {
 public:
  Settings settings{};
  Timestamp now = kTestStart;

  // Gives a command. Returns the refusal's sentence, or "" when it was taken.
  std::string give(CommandBody body, ActorType actor = ActorType::kStaff);
  std::string give(CommandBody body, Actor actor);

  // Makes create() pay out a gift card of 100.00 DKK beside the refund.
  void with_gift_card();

  // Creates the return: one refund of 499.00 DKK, an exchange when `exchange` names its order.
  void create(std::string_view payment_due = "0",
              std::optional<std::string> exchange = std::nullopt);

  void label() { give(GenerateLabel{.carrier = "gls_dk", .tracking_number = test_tracking()}); }

  void hand_in() { carrier_says(ScanStatus::kInTransit); }

  void deliver() { carrier_says(ScanStatus::kDelivered); }

  void carrier_says(ScanStatus status) { carrier_says(status, now); }

  // A scan that comes in now and that the carrier made at `occurred_at`.
  void carrier_says(ScanStatus status, Timestamp occurred_at);

  // Created, completed, labelled, handed in and delivered, an hour apart.
  void create_delivered(std::optional<std::string> exchange = std::nullopt);

  // Moves the clock and fires each timer that comes due on the way, at its own time.
  void wait(std::chrono::milliseconds time);

  const ReturnState& state() const { return state_; }

  // What the last command led to.
  const Decision& last() const { return last_; }

  // All events so far by their names without "return." and "shipment.event.", separated by blanks.
  std::string story() const;

  // Those of the last command.
  std::string last_story() const;

  // All events so far.
  const std::vector<Event>& events() const { return events_; }

  // The timer of that kind that the return wants; nullopt when it wants none.
  std::optional<Timestamp> timer(TimerKind kind) const;

 private:
  static std::string test_tracking() { return std::string{kTestTracking}; }

  std::optional<Payout> gift_card_;
  ReturnState state_;
  Decision last_;
  std::vector<Event> events_;
};

}  // namespace returnflows::returns
