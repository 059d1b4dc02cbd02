#pragma once

#include <optional>

#include "returnflows/base/result.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/return_transitions.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// What the payout provider is still to be asked for: one order for each payout of a revision.
// Thread: the journal's.
class PayoutTable {
 public:
  static Result<PayoutTable> open(Connection& connection);

  // Replaces an order for the same payout.
  Status order(const PayoutOrder& order);

  // From now on `provider` is the one that may know of the payout.
  Status set_provider(ReturnId id,
                      const returns::PayoutRequest& request,
                      const ProviderAddress& provider);

  // Takes the order away, or puts it off. One that is not there is no error.
  Status settle(const ReportPayout& report);

 private:
  PayoutTable() = default;

  Statement order_;
  Statement erase_;
  Statement put_off_;
  Statement set_provider_;
};

}  // namespace returnflows::sqlite
