#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/store/store.h"
#include "tests/sim/history.h"

namespace returnflows::sim {

// A store's transitions, with the history told of each one that was committed. Thread: one.
class WatchedTransitions final : public TransitionStore {
 public:
  WatchedTransitions(Store& store, History& history, const Clock& clock)
      : store_(store), history_(history), clock_(clock) {}

  Status begin(Timestamp now) override {
    facts_.clear();
    return inner().begin(now);
  }

  Result<AcceptEvents::Outcome> apply(AcceptEvents& transition) override {
    auto outcome = inner().apply(transition);
    if (!outcome) return outcome;
    for (const AcceptEvents::Accepted& event : *outcome) {
      facts_.push_back(
          [this, event] { history_.accepted(event.public_id, event.return_id, event.sequence); });
    }
    return outcome;
  }

  Result<SettleAttempt::Outcome> apply(SettleAttempt& transition) override {
    History::Settlement asked{.delivery = transition.delivery,
                              .state = {},
                              .next_attempt_at = transition.next_attempt_at,
                              .ended_at = ended_at(transition.attempt),
                              .attempt_number = transition.attempt.number};
    auto outcome = inner().apply(transition);
    if (!outcome) return outcome;
    facts_.push_back([this, asked, state = *outcome]() mutable {
      asked.state = state;
      history_.settled(asked, clock_.now());
    });
    return outcome;
  }

  Result<RetryDelivery::Outcome> apply(RetryDelivery& transition) override {
    const DeliveryId delivery = transition.delivery;
    auto outcome = inner().apply(transition);
    if (outcome) facts_.push_back([this, delivery] { history_.retried(delivery); });
    return outcome;
  }

  Result<CancelDelivery::Outcome> apply(CancelDelivery& transition) override {
    const DeliveryId delivery = transition.delivery;
    const MerchantId merchant = transition.merchant;
    auto outcome = inner().apply(transition);
    if (outcome)
      facts_.push_back([this, delivery, merchant] { note_canceled(merchant, delivery); });
    return outcome;
  }

  Result<CreateEndpoint::Outcome> apply(CreateEndpoint& transition) override {
    return inner().apply(transition);
  }

  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& transition) override {
    const EndpointId id = transition.endpoint.id;
    const auto before = store_.endpoints().find(id);
    const bool afresh = before && starts_afresh(*before, transition.endpoint);
    auto outcome = inner().apply(transition);
    if (outcome && afresh) facts_.push_back([this, id] { history_.afresh(id); });
    return outcome;
  }

  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& transition) override {
    return inner().apply(transition);
  }

  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& transition) override {
    return inner().apply(transition);
  }

  Result<CreateMerchant::Outcome> apply(CreateMerchant& transition) override {
    return inner().apply(transition);
  }

  Result<CreateApiKey::Outcome> apply(CreateApiKey& transition) override {
    return inner().apply(transition);
  }

  Result<RevokeApiKey::Outcome> apply(RevokeApiKey& transition) override {
    return inner().apply(transition);
  }

  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys& transition) override {
    return inner().apply(transition);
  }

  Result<CommitReport> commit() override {
    auto report = inner().commit();
    if (report) {
      for (auto& fact : facts_)
        fact();
    }
    return report;
  }

 private:
  static Timestamp ended_at(const Attempt& attempt) {
    return attempt.started_at +
           std::chrono::duration_cast<std::chrono::milliseconds>(attempt.timings.total);
  }

  TransitionStore& inner() { return store_.transitions(); }

  void note_canceled(MerchantId merchant, DeliveryId delivery) {
    const auto record = store_.deliveries().find(merchant, delivery);
    if (!record || !*record) return;
    history_.canceled(delivery,
                      {.endpoint = (*record)->endpoint,
                       .return_id = (*record)->return_id,
                       .sequence = (*record)->sequence},
                      clock_.now());
  }

  Store& store_;
  History& history_;
  const Clock& clock_;
  std::vector<std::move_only_function<void()>> facts_;
};

}  // namespace returnflows::sim
