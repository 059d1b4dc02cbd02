#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/store/store.h"
#include "returnflows/store/store_without_returns.h"

namespace returnflows {

// For tests of payouts: orders, and the settings of one merchant, in memory. Thread: any.
class MemoryPayouts final : public StoreWithoutReturns,
                            public DeliveryQueue,
                            public TimerBook,
                            public SettingsBook {
 public:
  using StoreWithoutReturns::apply;

  static constexpr MerchantId kMerchant{3};

  // Order number `return_id` has the key "ret_<return_id>/1/pay".
  static PayoutOrder order(std::int64_t return_id,
                           returns::PayoutAction action = returns::PayoutAction::kExecute,
                           int attempts_made = 0);

  // Without a commit: for what exists before the test begins.
  void put(PayoutOrder order, std::optional<ProviderAddress> ordered_from = std::nullopt);
  void set_provider(std::string url, SealedSecret secret);

  // In the order in which they were written.
  std::vector<ReportPayout> reports() const;
  std::vector<PayoutOrder> orders() const;

  // The next `count` reports are refused, as by a full queue.
  void refuse_reports(int count);
  // The next `count` loads fail.
  void fail_loads(int count);
  // Called on the storage pool by each load, once it has read.
  void after_load(std::function<void()> hook);

  Status begin(Timestamp now) override;
  Result<CommitReport> commit() override;
  // Whatever the command is: orders a payout of that return.
  Result<RunCommand::Outcome> apply(RunCommand& transition) override;
  Result<ReportPayout::Outcome> apply(ReportPayout& transition) override;

  Result<std::optional<Timestamp>> next_timer() override { return std::nullopt; }

  Result<std::vector<DuePayout>> due_payouts(Timestamp until, std::size_t count_max) override;
  std::shared_ptr<const MerchantSettings> settings_of(MerchantId merchant) const override;

  // Not needed for payouts.
  Result<AcceptEvents::Outcome> apply(AcceptEvents&) override { return unused(); }

  Result<SettleAttempt::Outcome> apply(SettleAttempt&) override { return unused(); }

  Result<RetryDelivery::Outcome> apply(RetryDelivery&) override { return unused(); }

  Result<CancelDelivery::Outcome> apply(CancelDelivery&) override { return unused(); }

  Result<CreateEndpoint::Outcome> apply(CreateEndpoint&) override { return unused(); }

  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint&) override { return unused(); }

  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint&) override { return unused(); }

  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries&) override {
    return unused();
  }

  Result<CreateMerchant::Outcome> apply(CreateMerchant&) override { return unused(); }

  Result<CreateApiKey::Outcome> apply(CreateApiKey&) override { return unused(); }

  Result<RevokeApiKey::Outcome> apply(RevokeApiKey&) override { return unused(); }

  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys&) override { return unused(); }

  Result<Loaded> load_ready(const ReadyQuestion&) override { return unused(); }

  Result<Loaded> load_waiting(const WaitingQuestion&) override { return unused(); }

  Result<std::optional<Timestamp>> next_waiting_at(EndpointId) override { return unused(); }

  Result<std::vector<EndpointId>> endpoints_with_pending() override { return unused(); }

 private:
  static std::unexpected<Error> unused() {
    return fail(ErrorCode::kInternal, "this test store keeps payouts only");
  }

  mutable std::mutex mutex_;
  Timestamp now_{};
  MerchantSettings settings_{.merchant = kMerchant};
  std::map<ReturnId, PayoutOrder> orders_;
  std::map<ReturnId, ProviderAddress> ordered_from_;
  std::vector<ReportPayout> reports_;
  int refused_reports_ = 0;
  int failed_loads_ = 0;
  std::function<void()> after_load_;
  CommitReport report_;
};

}  // namespace returnflows
