#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/store/records.h"
#include "returnflows/store/return_records.h"
#include "returnflows/store/return_transitions.h"
#include "returnflows/store/transition.h"

// The seam between the product and its database: small interfaces by role. Every implementation
// passes store/contract. No SQL and no database type passes through here.
namespace returnflows {

// Applies transitions. Called by the journal's thread only, always begin, apply…, commit.
//
// A failed apply() with an error code other than kUnavailable and kCorruption has changed nothing
// and the group goes on. kUnavailable, kCorruption, or a failed commit() ends the store: nothing of
// the group is kept, and every later call fails (a disk that lied once is not asked again).
class TransitionStore {
 public:
  TransitionStore() = default;
  TransitionStore(const TransitionStore&) = delete;
  TransitionStore& operator=(const TransitionStore&) = delete;
  virtual ~TransitionStore() = default;

  // Starts a group; `now` is the time of everything in it (created_at of its events).
  virtual Status begin(Timestamp now) = 0;

  virtual Result<AcceptEvents::Outcome> apply(AcceptEvents& transition) = 0;
  virtual Result<SettleAttempt::Outcome> apply(SettleAttempt& transition) = 0;
  virtual Result<RetryDelivery::Outcome> apply(RetryDelivery& transition) = 0;
  virtual Result<CancelDelivery::Outcome> apply(CancelDelivery& transition) = 0;
  virtual Result<CreateEndpoint::Outcome> apply(CreateEndpoint& transition) = 0;
  virtual Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& transition) = 0;
  virtual Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& transition) = 0;
  virtual Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& transition) = 0;
  virtual Result<CreateMerchant::Outcome> apply(CreateMerchant& transition) = 0;
  virtual Result<CreateApiKey::Outcome> apply(CreateApiKey& transition) = 0;
  virtual Result<RevokeApiKey::Outcome> apply(RevokeApiKey& transition) = 0;
  virtual Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys& transition) = 0;
  virtual Result<RunCommand::Outcome> apply(RunCommand& transition) = 0;
  virtual Result<FireTimers::Outcome> apply(FireTimers& transition) = 0;
  virtual Result<ReportPayout::Outcome> apply(ReportPayout& transition) = 0;
  virtual Result<UpdateSettings::Outcome> apply(UpdateSettings& transition) = 0;
  virtual Result<ReviewReturns::Outcome> apply(ReviewReturns& transition) = 0;

  // Makes the group durable. Only when it returns success is anything of the group true; readers
  // (below) see it from then on.
  virtual Result<CommitReport> commit() = 0;
};

// Reads deliveries that wait in the store. Called by the journal's thread only, between groups, so
// that what it returns and what commits report reach a lane in one order.
class DeliveryQueue {
 public:
  DeliveryQueue() = default;
  DeliveryQueue(const DeliveryQueue&) = delete;
  DeliveryQueue& operator=(const DeliveryQueue&) = delete;
  virtual ~DeliveryQueue() = default;

  // kReady deliveries of `endpoint` with an id above `after`, oldest first, with their bodies;
  // at most `count_max` and about `bytes_max` of bodies. Fewer than both means: no more.
  struct ReadyQuestion {
    EndpointId endpoint;
    DeliveryId after;
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
  };

  struct Loaded {
    std::vector<DueDelivery> deliveries;
    bool more = false;
  };

  virtual Result<Loaded> load_ready(const ReadyQuestion& question) = 0;

  // kWaiting deliveries of `endpoint` due at or before `due_until`, soonest first.
  struct WaitingQuestion {
    EndpointId endpoint;
    Timestamp due_until{};
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
  };

  virtual Result<Loaded> load_waiting(const WaitingQuestion& question) = 0;

  // When the soonest kWaiting delivery of `endpoint` is due; nullopt when there is none.
  virtual Result<std::optional<Timestamp>> next_waiting_at(EndpointId endpoint) = 0;

  // Endpoints, deleted ones included, that have anything unsettled: where lanes start after a
  // restart. With their ids in ascending order.
  virtual Result<std::vector<EndpointId>> endpoints_with_pending() = 0;
};

enum class ListOrder : std::uint8_t { kAscending, kDescending };

// Which events a list shows. Rows are walked by id from `from` (exclusive) in `order`.
struct EventFilter {
  MerchantId merchant;
  std::optional<EventType> type;
  std::optional<std::string> return_id;
  std::optional<Timestamp> since;  // created_at, inclusive.
  std::optional<Timestamp> until;  // created_at, exclusive.
  ListOrder order = ListOrder::kAscending;
  std::optional<std::int64_t> from;
  std::size_t limit = limits::kPageDefault;
};

// Reads events. Thread: storage pool (blocks on the disk).
class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;

  // By public id, ours or the producer's. Errors: kCorruption when the stored bytes do not match
  // their checksum.
  virtual Result<std::optional<EventRecord>> find(MerchantId merchant,
                                                  std::string_view public_id) = 0;
  virtual Result<Page<EventRecord>> list(const EventFilter& filter) = 0;
  // The newest event's row, not set when the log is empty.
  virtual Result<EventId> newest() = 0;
};

struct DeliveryFilter {
  MerchantId merchant;
  std::optional<EndpointId> endpoint;
  std::optional<std::string> event_public_id;
  std::optional<std::string> return_id;
  std::optional<DeliveryStatus> status;
  std::optional<EventType> type;
  ListOrder order = ListOrder::kDescending;
  std::optional<std::int64_t> from;
  std::size_t limit = limits::kPageDefault;
};

// Reads deliveries and their attempts. Thread: storage pool.
class DeliveryLog {
 public:
  DeliveryLog() = default;
  DeliveryLog(const DeliveryLog&) = delete;
  DeliveryLog& operator=(const DeliveryLog&) = delete;
  virtual ~DeliveryLog() = default;

  virtual Result<std::optional<DeliveryRecord>> find(MerchantId merchant, DeliveryId id) = 0;
  virtual Result<Page<DeliveryRecord>> list(const DeliveryFilter& filter) = 0;
  // Oldest first.
  virtual Result<std::vector<AttemptRecord>> attempts(DeliveryId id) = 0;
};

// Which returns a list shows: those to which everything that is set applies. Newest first.
struct ReturnFilter {
  MerchantId merchant;
  std::optional<std::string> number;
  std::optional<std::string> order;  // Its id or its name.
  std::optional<std::string> tracking_number;
  std::optional<std::string> customer_email;  // Whatever its case.
  std::optional<std::string> sku;
  std::optional<returns::Lifecycle> status;
  std::optional<std::string> display_status;
  ListOrder order_by = ListOrder::kDescending;
  std::optional<std::int64_t> from;
  std::size_t limit = limits::kPageDefault;
};

// Reads returns. Thread: storage pool.
class ReturnBook {
 public:
  ReturnBook() = default;
  ReturnBook(const ReturnBook&) = delete;
  ReturnBook& operator=(const ReturnBook&) = delete;
  virtual ~ReturnBook() = default;

  virtual Result<std::optional<ReturnView>> find(MerchantId merchant,
                                                 ReturnId id,
                                                 Timestamp created_at) = 0;
  virtual Result<Page<ReturnView>> list(const ReturnFilter& filter) = 0;
};

// Reads what falls due with time. Thread: storage pool.
class TimerBook {
 public:
  TimerBook() = default;
  TimerBook(const TimerBook&) = delete;
  TimerBook& operator=(const TimerBook&) = delete;
  virtual ~TimerBook() = default;

  // When the soonest timer is due; nullopt without any.
  virtual Result<std::optional<Timestamp>> next_timer() = 0;
  // Payout orders due at or before `until`, soonest first, at most `count_max`.
  virtual Result<std::vector<DuePayout>> due_payouts(Timestamp until, std::size_t count_max) = 0;
};

// The settings of merchants, in memory. Thread: any. Shows a change from its commit on.
class SettingsBook {
 public:
  SettingsBook() = default;
  SettingsBook(const SettingsBook&) = delete;
  SettingsBook& operator=(const SettingsBook&) = delete;
  virtual ~SettingsBook() = default;

  // Those of a merchant that never changed any are the defaults.
  virtual std::shared_ptr<const MerchantSettings> settings_of(MerchantId merchant) const = 0;
};

// The endpoints, in memory. Thread: any. Shows a change from its commit on.
class EndpointCatalog {
 public:
  EndpointCatalog() = default;
  EndpointCatalog(const EndpointCatalog&) = delete;
  EndpointCatalog& operator=(const EndpointCatalog&) = delete;
  virtual ~EndpointCatalog() = default;

  virtual std::shared_ptr<const Endpoint> find(EndpointId id) const = 0;
  // Not deleted, by descending id.
  virtual std::vector<std::shared_ptr<const Endpoint>> of_merchant(MerchantId merchant) const = 0;
  virtual std::vector<std::shared_ptr<const Endpoint>> all() const = 0;
};

// Merchants and API keys, in memory. Thread: any.
class AccessBook {
 public:
  AccessBook() = default;
  AccessBook(const AccessBook&) = delete;
  AccessBook& operator=(const AccessBook&) = delete;
  virtual ~AccessBook() = default;

  // The key with this SHA-256, compared in constant time; revoked keys are not found.
  virtual std::shared_ptr<const ApiKey> find_key(
      const std::array<std::uint8_t, 32>& key_sha256) const = 0;
  virtual std::vector<std::shared_ptr<const ApiKey>> keys() const = 0;
  virtual std::shared_ptr<const Merchant> find_merchant(MerchantId id) const = 0;
  virtual std::shared_ptr<const Merchant> find_merchant_by_slug(std::string_view slug) const = 0;
  virtual std::vector<std::shared_ptr<const Merchant>> merchants() const = 0;
};

// Numbers for /metrics and the benchmark, since the store was opened. Thread: any.
struct StoreStatistics {
  std::uint64_t commits = 0;
  std::uint64_t statements = 0;
  std::uint64_t events = 0;
  std::uint64_t attempts = 0;
  std::uint64_t open_ordering_keys = 0;  // (endpoint, return) pairs with something unsettled.
  std::uint64_t database_bytes = 0;
};

// One open database and its roles.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  virtual TransitionStore& transitions() = 0;
  virtual DeliveryQueue& queue() = 0;
  virtual EventLog& events() = 0;
  virtual DeliveryLog& deliveries() = 0;
  virtual ReturnBook& returns() = 0;
  virtual TimerBook& timers() = 0;
  virtual const EndpointCatalog& endpoints() const = 0;
  virtual const AccessBook& access() const = 0;
  virtual const SettingsBook& settings() const = 0;
  virtual const IdCodec& ids() const = 0;
  // A fresh row number for a small thing (endpoint, merchant, key). Never given twice, gaps are
  // fine. Thread: any.
  virtual std::int64_t reserve_id() = 0;
  virtual StoreStatistics statistics() const = 0;
};

}  // namespace returnflows
