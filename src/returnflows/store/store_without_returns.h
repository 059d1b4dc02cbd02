#pragma once

#include "returnflows/store/store.h"

namespace returnflows {

// For test stores that keep events and deliveries only.
class StoreWithoutReturns : public TransitionStore {
 public:
  Result<RunCommand::Outcome> apply(RunCommand&) override { return no_returns(); }

  Result<FireTimers::Outcome> apply(FireTimers&) override { return no_returns(); }

  Result<ReportPayout::Outcome> apply(ReportPayout&) override { return no_returns(); }

  Result<UpdateSettings::Outcome> apply(UpdateSettings&) override { return no_returns(); }

  Result<ReviewReturns::Outcome> apply(ReviewReturns&) override { return no_returns(); }

 private:
  static std::unexpected<Error> no_returns() {
    return fail(ErrorCode::kInternal, "this test store keeps no returns");
  }
};

}  // namespace returnflows
