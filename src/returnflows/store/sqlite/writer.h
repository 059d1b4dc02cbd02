#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/backlog.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/catalog_table.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/delivery_table.h"
#include "returnflows/store/sqlite/delivery_writer.h"
#include "returnflows/store/sqlite/event_acceptor.h"
#include "returnflows/store/sqlite/event_index.h"
#include "returnflows/store/sqlite/event_table.h"
#include "returnflows/store/sqlite/idempotency_table.h"
#include "returnflows/store/sqlite/keyed_hashes.h"
#include "returnflows/store/sqlite/payout_table.h"
#include "returnflows/store/sqlite/return_table.h"
#include "returnflows/store/sqlite/return_writer.h"
#include "returnflows/store/sqlite/settings_table.h"
#include "returnflows/store/sqlite/timer_table.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Counted by the writer, read by anybody.
struct WriterCounters {
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> attempts{0};
  std::atomic<std::uint64_t> open_keys{0};
};

// Applies transitions on the one connection that writes. Owns everything that the journal's thread
// knows in memory; the first failure of the database ends it for good (store.h).
//
// Thread: the journal's.
class Writer final : public TransitionStore {
 public:
  struct Parts {
    Connection& connection;
    const IdCodec& ids;
    const KeyedHashes& hashes;
    EventFilters& filters;
    PublishedCatalog& published;
    WriterCounters& counters;
  };

  // Loads what the writer knows in memory, and publishes the catalogue.
  static Result<std::unique_ptr<Writer>> open(Parts parts);

  Status begin(Timestamp now) override;
  Result<AcceptEvents::Outcome> apply(AcceptEvents& transition) override;
  Result<SettleAttempt::Outcome> apply(SettleAttempt& transition) override;
  Result<RetryDelivery::Outcome> apply(RetryDelivery& transition) override;
  Result<CancelDelivery::Outcome> apply(CancelDelivery& transition) override;
  Result<CreateEndpoint::Outcome> apply(CreateEndpoint& transition) override;
  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& transition) override;
  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& transition) override;
  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& transition) override;
  Result<CreateMerchant::Outcome> apply(CreateMerchant& transition) override;
  Result<CreateApiKey::Outcome> apply(CreateApiKey& transition) override;
  Result<RevokeApiKey::Outcome> apply(RevokeApiKey& transition) override;
  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys& transition) override;
  Result<RunCommand::Outcome> apply(RunCommand& transition) override;
  Result<FireTimers::Outcome> apply(FireTimers& transition) override;
  Result<ReportPayout::Outcome> apply(ReportPayout& transition) override;
  Result<UpdateSettings::Outcome> apply(UpdateSettings& transition) override;
  Result<ReviewReturns::Outcome> apply(ReviewReturns& transition) override;
  Result<CommitReport> commit() override;

  // For loads between groups.
  const Backlog& backlog() const { return backlog_; }

  Backlog& backlog() { return backlog_; }

  EventTable& events() { return tables_.events; }

  DeliveryId last_delivery() const { return tables_.deliveries.last_id(); }

  // The failure that ended the store, if one did.
  Status health() const;
  // Ends the store when `error` is of a kind that does; see store.h.
  void note_failure(const Error& error);

 private:
  struct Tables {
    CatalogTable catalog;
    EventTable events;
    EventIndex index;
    DeliveryTable deliveries;
    IdempotencyTable idempotency;
    ReturnTable returns;
    TimerTable timers;
    PayoutTable payouts;
    SettingsTable settings;
    Statement begin;
    Statement commit;
  };

  Writer(Parts parts, Tables tables, CatalogSnapshot catalog, Backlog backlog);

  // Runs `work` unless the store has ended, and ends it when the work fails in such a way.
  template <class Work>
  auto guarded(Work&& work) -> decltype(work());

  // The remembered response of a creating transition, or nothing.
  Result<Created> replay(const std::optional<IdempotencyClaim>& claim);
  Status remember(const std::optional<IdempotencyClaim>& claim);
  Status check_new_endpoint(const Endpoint& endpoint) const;
  Status write_endpoint(const std::shared_ptr<const Endpoint>& endpoint);
  Result<std::shared_ptr<const MerchantSettings>> write_settings(MerchantSettings settings);
  Status mark_failing(const FailingMark& mark);
  Status checkpoint_when_due();

  Parts parts_;
  Tables tables_;
  CatalogSnapshot catalog_;  // With what the current group has changed.
  Backlog backlog_;
  DeliveryWriter deliveries_;
  EventAcceptor acceptor_;
  ReturnWriter returns_;
  Group group_;
  bool catalog_changed_ = false;
  bool in_group_ = false;
  std::uint64_t events_in_group_ = 0;
  std::uint64_t attempts_in_group_ = 0;
  int checkpointed_pages_ = 0;
  std::optional<Error> failure_;
};

}  // namespace returnflows::sqlite
