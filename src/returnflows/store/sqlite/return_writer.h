#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/returns/decision.h"
#include "returnflows/store/return_transitions.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/delivery_writer.h"
#include "returnflows/store/sqlite/event_acceptor.h"
#include "returnflows/store/sqlite/idempotency_table.h"
#include "returnflows/store/sqlite/payout_table.h"
#include "returnflows/store/sqlite/return_table.h"
#include "returnflows/store/sqlite/timer_table.h"

namespace returnflows::sqlite {

// Gives commands to returns and writes what decide() makes of them: state, events with their
// deliveries, timers and payout orders, all in the group that is open.
//
// Thread: the journal's.
class ReturnWriter {
 public:
  struct Parts {
    const IdCodec& ids;
    const CatalogSnapshot& catalog;
    IdempotencyTable& idempotency;
    ReturnTable& returns;
    TimerTable& timers;
    PayoutTable& payouts;
    EventAcceptor& events;
  };

  explicit ReturnWriter(Parts parts) : parts_(parts) {}

  Result<RunCommand::Outcome> run(const RunCommand& transition, Group& group);
  Result<FireTimers::Outcome> fire(const FireTimers& transition, Group& group);
  Result<ReportPayout::Outcome> report(const ReportPayout& transition, Group& group);
  Result<ReviewReturns::Outcome> review(const ReviewReturns& transition, Group& group);

 private:
  // What a command did to one return.
  struct Applied {
    StoredReturn stored;
    std::optional<returns::Refusal> refusal;
    std::size_t event_count = 0;
    std::vector<returns::Timer> timers;  // That it wants now.
  };

  Result<RunCommand::Outcome> create(const RunCommand& transition, Group& group);
  Result<RunCommand::Outcome> run_on_order(const RunCommand& transition,
                                           const RunCommand::OrderReturns& target,
                                           Group& group);
  Result<RunCommand::Outcome> run_on_one(const RunCommand& transition,
                                         StoredReturn stored,
                                         Group& group);
  Result<StoredReturn> find_target(const RunCommand& transition);
  Result<StoredReturn> find(ReturnId id);

  // Decides and, unless nothing changes, writes.
  Result<Applied> apply(StoredReturn before, const returns::Command& command, Group& group);
  Status write(const StoredReturn& after,
               std::int64_t label_count_before,
               returns::Decision& decision,
               Group& group);
  Status write_events(const StoredReturn& after,
                      const std::vector<returns::Event>& events,
                      Group& group);
  Status order_payouts(const StoredReturn& after,
                       const std::vector<returns::PayoutRequest>& requests,
                       Group& group);
  // What the settings say now is where the payout is known from now on.
  Status order_from_present_provider(ReturnId id,
                                     MerchantId merchant,
                                     const returns::PayoutRequest& request);
  void note_timers(const std::vector<returns::Timer>& timers, Group& group) const;

  Result<std::shared_ptr<const returns::ReturnFacts>> complete_facts(
      const RunCommand& transition, const returns::CreateReturn& creation, ReturnId id);
  std::string public_id(const StoredReturn& stored) const;
  ReturnView view(const StoredReturn& stored) const;

  Result<std::optional<RunCommand::Outcome>> answered_before(const RunCommand& transition,
                                                             Timestamp now);
  Status remember(const RunCommand& transition, const RunCommand::Outcome& outcome, Timestamp now);

  Parts parts_;
};

}  // namespace returnflows::sqlite
