#pragma once

#include <memory>
#include <string>
#include <vector>

#include "returnflows/returns/command.h"
#include "returnflows/returns/decision.h"
#include "returnflows/returns/facts.h"
#include "returnflows/returns/settings.h"

// The return that the published examples tell of: a jacket for a gift card, a shirt for another
// size, jeans for money. Source: events/samples.
namespace returnflows::returns {

std::shared_ptr<const ReturnFacts> example_facts();

// Auto-close 12 hours after the delivery, Instant Exchange, payouts by a provider.
Settings example_settings();

CreateReturn example_creation();

// What staff decides when everything arrived.
std::vector<ItemOutcome> example_outcomes();

enum class Ending {
  kClosed,    // The countdown runs out and both payouts arrive.
  kFailed,    // It runs out and the refund is declined.
  kFraud,     // The countdown is stopped.
  kCanceled,  // Before the hand-in.
  kReset,     // Before the hand-in.
};

// All events of such a return, paused and resumed on its way.
std::vector<Event> example_events(Ending ending);

}  // namespace returnflows::returns
