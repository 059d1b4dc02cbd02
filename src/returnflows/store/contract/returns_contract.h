#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "returnflows/store/contract/store_contract.h"

namespace returnflows::contract {

// What every store promises about returns. Instantiated as StoreContract is.
class ReturnsContract : public StoreContract {
 protected:
  // A return of that order of merchant(), with one item, a payout and a customer.
  ReturnView create(const std::string& order = "order-1");

  // Of a return that was created just now.
  RunCommand::OneReturn one(const ReturnView& view) const {
    return {.id = view.id, .created_at = now()};
  }

  RunCommand::Outcome run(const RunCommand::OneReturn& target, returns::CommandBody body);

  std::vector<EventRecord> events_of(const std::string& return_id);

  // With a URL the provider is an external one.
  void set_rules(returns::Settings rules, const std::string& payouts_url = {});

  // The rows of merchant() that `filter` finds.
  std::vector<std::int64_t> found(ReturnFilter filter);
};

}  // namespace returnflows::contract
