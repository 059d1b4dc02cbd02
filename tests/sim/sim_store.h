#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "returnflows/store/store.h"
#include "returnflows/store/store_without_returns.h"
#include "tests/sim/promise_checker.h"

namespace returnflows::sim {

// The store of a simulation: the rules of store/contract in memory, for millions of deliveries. It
// outlives the processes that die on it, and keeps exactly what was committed. Settled rows stay
// for a while, for people to retry them, and are then forgotten. Thread: one.
class SimStore final : public StoreWithoutReturns, public DeliveryQueue, public EndpointCatalog {
 public:
  using StoreWithoutReturns::apply;

  explicit SimStore(PromiseChecker& checker) : checker_(checker) {}

  // Without a process: what exists before the simulation begins.
  void put_endpoint(Endpoint endpoint);

  // The next group fails: at its beginning, or only when it is to become durable. Nothing of it is
  // kept, and every later call fails, until the store is opened again.
  enum class Failure : std::uint8_t { kAtBegin, kAtCommit };

  void fail_next_group(Failure failure) { failure_ = failure; }

  void open_again();

  struct Statistics {
    std::uint64_t commits = 0;
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t attempts = 0;
    std::size_t rows_most = 0;
  };

  const Statistics& statistics() const { return statistics_; }

  // Bytes of bodies that loads have read since this was last asked.
  std::size_t take_loaded_bytes() { return std::exchange(loaded_bytes_, 0); }

  // What people may find in a list: settled lately, and owed.
  const std::deque<DeliveryId>& settled_lately() const { return settled_lately_; }

  // The first of these are likely to be on their way, the last ones not.
  std::vector<DeliveryId> some_pending(EndpointId endpoint) const;
  std::size_t pending(EndpointId endpoint) const;
  std::vector<EndpointId> endpoint_ids() const;

  Status begin(Timestamp now) override;
  Result<AcceptEvents::Outcome> apply(AcceptEvents& transition) override;
  Result<SettleAttempt::Outcome> apply(SettleAttempt& transition) override;
  Result<RetryDelivery::Outcome> apply(RetryDelivery& transition) override;
  Result<CancelDelivery::Outcome> apply(CancelDelivery& transition) override;
  Result<CreateEndpoint::Outcome> apply(CreateEndpoint& transition) override;
  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& transition) override;
  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& transition) override;
  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& transition) override;
  Result<CommitReport> commit() override;

  // Not part of what is simulated.
  Result<CreateMerchant::Outcome> apply(CreateMerchant&) override { return unused(); }

  Result<CreateApiKey::Outcome> apply(CreateApiKey&) override { return unused(); }

  Result<RevokeApiKey::Outcome> apply(RevokeApiKey&) override { return unused(); }

  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys&) override { return unused(); }

  Result<Loaded> load_ready(const ReadyQuestion& question) override;
  Result<Loaded> load_waiting(const WaitingQuestion& question) override;
  Result<std::optional<Timestamp>> next_waiting_at(EndpointId endpoint) override;
  Result<std::vector<EndpointId>> endpoints_with_pending() override;

  std::shared_ptr<const Endpoint> find(EndpointId id) const override;
  std::vector<std::shared_ptr<const Endpoint>> of_merchant(MerchantId merchant) const override;
  std::vector<std::shared_ptr<const Endpoint>> all() const override;

 private:
  struct Row {
    DueDelivery due;
    DeliveryState state = DeliveryState::kReady;
    std::int64_t return_number = 0;
    bool ordered = true;
    Timestamp settled_at{};
    Timestamp last_started_at{};
  };

  // What is owed to one endpoint.
  struct Backlog {
    std::set<DeliveryId> ready;
    std::set<std::pair<Timestamp, DeliveryId>> waiting;
    std::set<DeliveryId> held;
    // By return, oldest first; of ordered endpoints.
    std::unordered_map<std::int64_t, std::set<DeliveryId>> open;

    std::size_t size() const { return ready.size() + waiting.size() + held.size(); }
  };

  // An answer to a load while it fills.
  struct Filling {
    Loaded loaded = {};
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
    std::size_t bytes = 0;
  };

  static std::unexpected<Error> unused() {
    return returnflows::fail(ErrorCode::kInternal, "the simulation does not do that");
  }

  static std::unexpected<Error> disk_error() {
    return returnflows::fail(ErrorCode::kUnavailable, "the simulated disk has failed");
  }

  void add_delivery(const Endpoint& endpoint,
                    std::int64_t return_number,
                    const std::shared_ptr<const EventBody>& event);
  // Moves a row to another state, with all indexes, and releases the next of its return.
  void move(Row& row, DeliveryState state, Timestamp due_at);
  void index(const Row& row);
  void unindex(const Row& row);
  void report_due(const Row& row);
  void mark_failing(const FailingMark& mark);
  void release_next(const Row& head);
  void forget_old();
  bool keep(Filling& filling, DeliveryId id);

  PromiseChecker& checker_;
  std::optional<Failure> failure_;
  bool doomed_ = false;
  bool failed_ = false;
  Timestamp now_{};
  std::map<EndpointId, std::shared_ptr<const Endpoint>> endpoints_;  // Null when deleted.
  std::map<MerchantId, std::vector<EndpointId>> by_merchant_;
  std::unordered_map<DeliveryId, Row> rows_;
  std::map<EndpointId, Backlog> backlogs_;
  std::deque<DeliveryId> settled_lately_;
  std::int64_t last_event_ = 0;
  std::int64_t last_delivery_ = 0;
  std::size_t loaded_bytes_ = 0;
  CommitReport report_;
  Statistics statistics_;
};

}  // namespace returnflows::sim
