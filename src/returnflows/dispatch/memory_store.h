#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/store/store.h"
#include "returnflows/store/store_without_returns.h"

namespace returnflows {

// For tests of dispatch: the parts of a store that sending needs, in memory, with the store's
// rules on turns (the oldest unsettled event of a return goes first). Thread: any.
class MemoryStore final : public StoreWithoutReturns, public DeliveryQueue, public EndpointCatalog {
 public:
  using StoreWithoutReturns::apply;

  struct Row {
    DueDelivery due;
    DeliveryState state = DeliveryState::kReady;
    std::string return_id;
    std::vector<Attempt> attempts;
    std::string sentence;
  };

  // Without a commit: for what exists before the test begins.
  void put_endpoint(Endpoint endpoint);
  DeliveryId put_delivery(EndpointId endpoint, DeliveryState state, Timestamp due_at);

  Row row(DeliveryId id) const;
  std::vector<Row> rows() const;
  std::size_t count(DeliveryState state) const;
  std::size_t ready_loads() const;

  // Submissions of this kind are refused from now on, as by a full queue or a lost race.
  void refuse_updates(int count);

  Status begin(Timestamp now) override;
  Result<AcceptEvents::Outcome> apply(AcceptEvents& transition) override;
  Result<SettleAttempt::Outcome> apply(SettleAttempt& transition) override;
  Result<RetryDelivery::Outcome> apply(RetryDelivery& transition) override;
  Result<CancelDelivery::Outcome> apply(CancelDelivery& transition) override;
  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& transition) override;
  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& transition) override;
  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& transition) override;
  Result<CommitReport> commit() override;

  // Not needed for sending.
  Result<CreateEndpoint::Outcome> apply(CreateEndpoint&) override { return unused(); }

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
  using OrderingKey = std::pair<EndpointId, std::string>;

  static std::unexpected<Error> unused() {
    return fail(ErrorCode::kInternal, "this test store does not do that");
  }

  std::shared_ptr<const EventBody> make_event(const PublishedEvent& published);
  void add_row(EndpointId endpoint,
               const std::string& return_id,
               const std::shared_ptr<const EventBody>& event);
  void close(Row& row, DeliveryState state);
  void mark_failing(const FailingMark& mark);

  mutable std::mutex mutex_;
  Timestamp now_{};
  std::map<EndpointId, std::shared_ptr<const Endpoint>> endpoints_;
  std::map<DeliveryId, Row> rows_;
  std::map<OrderingKey, std::set<DeliveryId>> open_;  // Unsettled, oldest first.
  std::int64_t last_event_ = 0;
  std::int64_t last_delivery_ = 0;
  std::size_t ready_loads_ = 0;
  int refused_updates_ = 0;
  CommitReport report_;
};

}  // namespace returnflows
