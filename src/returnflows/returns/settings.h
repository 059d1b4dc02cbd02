#pragma once

#include <chrono>
#include <optional>

#include "returnflows/returns/return_state.h"

namespace returnflows::returns {

enum class Switch : std::uint8_t { kOff, kOn };

enum class PayoutProvider : std::uint8_t {
  kManual,    // No URL: payouts count as done when the return closes.
  kExternal,  // A URL is asked to make each payout, and later whether it arrived.
};

// What a merchant decides about returns. Source: PATCH /v1/settings.
struct Settings {
  Switch auto_close = Switch::kOff;
  Trigger trigger = Trigger::kDelivered;
  std::chrono::hours delay{12};
  Switch instant_exchange = Switch::kOff;
  // Refunds that a gateway took and then refused show up within minutes.
  std::chrono::seconds after_close_check{300};
  PayoutProvider payouts = PayoutProvider::kManual;
  // After this long without the payment that is due, an alert. Absent: never.
  std::optional<std::chrono::hours> payment_alert;
};

}  // namespace returnflows::returns
