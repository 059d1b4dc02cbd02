#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/returns/command.h"
#include "returnflows/returns/decision.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/transition.h"

// What can be written about returns. Deciding is part of the transition: decide() runs on what is
// stored at that moment, so that of two commands that race the second sees what the first did.
namespace returnflows {

// Runs a command. State, events with their deliveries, timers and payout orders are one.
//
// Errors: kNotFound when nobody has such a return; kConflict with the reason "precondition_failed"
// when the stored version is none of `if_versions`. What the return's state does not allow is a
// refusal, and has changed nothing.
struct RunCommand {
  // A CreateReturn, whose id and number the store gives (a number is kept when it is given).
  struct NewReturn {};

  struct OneReturn {
    ReturnId id;
    Timestamp created_at{};  // As its public id says.
  };

  // Every open return of the order; none is no error.
  struct OrderReturns {
    std::string order_id;
  };

  // The newest return with a label of that number.
  struct LabelledReturn {
    std::string tracking_number;
  };

  MerchantId merchant;
  std::variant<NewReturn, OneReturn, OrderReturns, LabelledReturn> target;
  returns::Command command;
  std::vector<std::int64_t> if_versions = {};                  // Empty: any.
  std::optional<IdempotencyClaim> idempotency = std::nullopt;  // `response` unused.

  struct Outcome {
    std::vector<ReturnView> returns;  // As they are now, also when nothing changed.
    std::optional<returns::Refusal> refusal = std::nullopt;  // Then `returns` has the refusing one.
    std::size_t event_count = 0;
    bool is_replay = false;  // Answered before: nothing was written.
  };
};

// Gives FireTimer to the returns whose timers are due, soonest first.
struct FireTimers {
  std::size_t count_max = 256;

  struct Outcome {
    std::size_t fired = 0;
    std::optional<Timestamp> next_due = std::nullopt;  // Of what is left; may be in the past.
  };
};

// What came of asking the provider for a payout.
struct ReportPayout {
  ReturnId id;
  returns::PayoutRequest request;  // The order is done with, unless `ask_again_at` is set.
  // PayoutSucceeded, PayoutFailed or CheckAfterClose; absent when it is tried again.
  std::optional<returns::Command> result = std::nullopt;
  std::optional<Timestamp> ask_again_at = std::nullopt;
  int attempts_made = 0;  // So far, when it is tried again.
  // From now on it is the provider of the present settings that may know of the payout: the one
  // before does not. Written before the new one is sent anything.
  bool moves_to_present_provider = false;

  struct Outcome {};
};

// Replaces the settings of a merchant by their next version. Its open returns follow by
// ReviewReturns, which is due until the last of them has. Errors: kNotFound; kConflict when the
// stored version is not `settings.version - 1`.
struct UpdateSettings {
  using Outcome = std::shared_ptr<const MerchantSettings>;
  MerchantSettings settings;
};

// After a change of settings: lets the reaction run on the merchant's open returns, a bounded
// number at a time. Goes on from `Outcome::last` until it is done; then the review of these
// settings is due no more.
struct ReviewReturns {
  MerchantId merchant;
  std::int64_t version = 0;  // Of the settings that they follow, when the review began.
  ReturnId after = {};
  std::size_t count_max = 128;

  struct Outcome {
    ReturnId last;
    bool done = false;
  };
};

}  // namespace returnflows
