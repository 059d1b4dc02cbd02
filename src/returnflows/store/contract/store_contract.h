#pragma once

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/store/store.h"
#include "returnflows/store/transition.h"

// What every store promises, as tests. A store joins with one INSTANTIATE_TEST_SUITE_P of
// StoreContract and an rf_contract() in its CMakeLists.txt.
namespace returnflows::contract {

// One database, empty at first, that outlives the stores that are opened on it.
class ContractDatabase {
 public:
  ContractDatabase() = default;
  ContractDatabase(const ContractDatabase&) = delete;
  ContractDatabase& operator=(const ContractDatabase&) = delete;
  virtual ~ContractDatabase() = default;

  // Opens a store on it; the one before is gone by then.
  virtual Result<std::unique_ptr<Store>> open(const Clock& clock, Random& random) = 0;

  // Changes the stored bytes of the event's body behind the store's back, but not their number.
  // Only while no store is open.
  virtual void damage_body(EventId event) = 0;
};

// What a store is instantiated with.
struct StoreUnderContract {
  std::string name;
  std::unique_ptr<ContractDatabase> (*create)() = nullptr;
};

inline void PrintTo(const StoreUnderContract& store, std::ostream* out) {
  *out << store.name;
}

// The name of an instance, for INSTANTIATE_TEST_SUITE_P.
inline std::string name_of_store(const testing::TestParamInfo<StoreUnderContract>& info) {
  return info.param.name;
}

// A store on a database of its own, a clock that stands still, and words to say what happens.
class StoreContract : public testing::TestWithParam<StoreUnderContract> {
 protected:
  void SetUp() override;

  Store& store() { return *store_; }

  Timestamp now() const { return clock_.now(); }

  void advance(std::chrono::milliseconds step) { clock_.advance(step); }

  // Closes the store, in the midst of a group or not, and opens it again.
  void reopen();
  // reopen() with the body of `event` damaged in between.
  void reopen_with_damaged_body(EventId event);

  // Runs one transition as a group of its own; report() tells what its commit said.
  template <class Transition>
  Result<typename Transition::Outcome> commit(Transition transition);

  // The same in steps, for groups of several transitions.
  void begin_group();

  template <class Transition>
  Result<typename Transition::Outcome> apply(Transition transition) {
    return store_->transitions().apply(transition);
  }

  void commit_group();

  // Of the last commit.
  const CommitReport& report() const { return report_; }

  std::vector<DeliveryId> due_ids() const;

  // The merchant that a fresh store begins with.
  MerchantId merchant() const { return merchant_; }

  MerchantId add_merchant(const std::string& slug);

  // An endpoint of merchant() that takes every type, unless `settings` say something else.
  EndpointId add_endpoint(Endpoint settings = {});
  EndpointId add_endpoint_without_order();

  static AcceptEvents::Item item(const std::string& return_id,
                                 EventType type = EventType::kReturnCreated);
  // With an id chosen by the producer; `content` stands for what the event says.
  static AcceptEvents::Item item_with_id(const std::string& client_id, std::uint8_t content = 1);

  // Accepts in one group for merchant().
  AcceptEvents::Outcome accept(std::vector<AcceptEvents::Item> items);
  AcceptEvents::Accepted accept_one(const std::string& return_id,
                                    EventType type = EventType::kReturnCreated);

  // The delivery of an event of merchant() to one endpoint.
  DeliveryRecord delivery_of(const AcceptEvents::Accepted& event, EndpointId endpoint);
  DeliveryRecord delivery(DeliveryId id);

  // The next attempt of `id`, as its lane would report it.
  SettleAttempt attempt_of(DeliveryId id, DeliveryState next_state);
  // Commits it, and returns the state that the delivery is in then.
  DeliveryState settle(DeliveryId id, DeliveryState next_state);
  DeliveryState settle_waiting(DeliveryId id, std::chrono::milliseconds delay);
  Result<DeliveryState> retry(DeliveryId id);
  Result<DeliveryState> cancel(DeliveryId id);
  void delete_endpoint(EndpointId id);

  DeliveryQueue::Loaded load_ready(EndpointId endpoint, DeliveryId after = {});
  DeliveryQueue::Loaded load_waiting(EndpointId endpoint, Timestamp due_until);

 private:
  ManualClock clock_{Timestamp{std::chrono::milliseconds{1'770'429'600'000}}};
  SeededRandom random_{7};
  std::unique_ptr<ContractDatabase> database_;
  std::unique_ptr<Store> store_;
  CommitReport report_;
  MerchantId merchant_;
};

// The ids of loaded deliveries, in their order.
std::vector<DeliveryId> ids_of(const std::vector<DueDelivery>& deliveries);

// EXPECT_THAT(result, FailsWith(ErrorCode::kNotFound)).
MATCHER_P(FailsWith, code, "") {
  if (arg.has_value()) {
    *result_listener << "which succeeded";
    return false;
  }
  *result_listener << "whose error is " << error_code_name(arg.error().code) << ": "
                   << arg.error().detail;
  return arg.error().code == code;
}

// --- Implementation of the templates ---

template <class Transition>
Result<typename Transition::Outcome> StoreContract::commit(Transition transition) {
  begin_group();
  Result<typename Transition::Outcome> outcome = apply(std::move(transition));
  commit_group();
  return outcome;
}

}  // namespace returnflows::contract
