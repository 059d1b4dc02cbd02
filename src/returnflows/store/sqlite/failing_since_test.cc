// What the store remembers about an endpoint that fails outlives the process, and ends with what
// people do about it.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "returnflows/store/sqlite/sqlite_store.h"

namespace returnflows {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kSince{1'770'000'000'000ms};

class FailingSinceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("returnflows-failing-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    reopen();
    Endpoint endpoint;
    endpoint.id = endpoint_ = EndpointId{store_->reserve_id()};
    endpoint.merchant = merchant_ = store_->access().merchants().front()->id;
    endpoint.url = "https://hooks.example.com/in";
    endpoint.created_at = endpoint.updated_at = kSince;
    apply(CreateEndpoint{.endpoint = std::move(endpoint), .idempotency = std::nullopt});
    AcceptEvents accept;
    accept.merchant = merchant_;
    accept.items.resize(1);
    accept.items[0].event.return_id = "ret_1";
    accept.items[0].event.data_json = R"({"return":{"id":"ret_1"}})";
    delivery_ = apply(std::move(accept)).due.at(0).id;
  }

  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void reopen() {
    store_.reset();
    auto opened =
        open_sqlite_store({.file = folder_ / "test.db", .clock = clock_, .random = random_});
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }

  template <class Transition>
  CommitReport apply(Transition transition) {
    EXPECT_TRUE(store_->transitions().begin(clock_.now()));
    const auto outcome = store_->transitions().apply(transition);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    auto report = store_->transitions().commit();
    EXPECT_TRUE(report);
    return std::move(*report);
  }

  // A failed or delivered attempt that brings `since` with it.
  CommitReport settle(DeliveryState next, std::optional<Timestamp> since) {
    SettleAttempt settle;
    settle.delivery = delivery_;
    settle.attempt.number = ++attempts_;
    settle.attempt.started_at = kSince + attempts_ * 1h;
    settle.next_state = next;
    settle.next_attempt_at = settle.attempt.started_at + 1h;
    settle.failing_mark = FailingMark{.endpoint = endpoint_, .since = since};
    return apply(std::move(settle));
  }

  void change(const std::function<void(Endpoint&)>& edit) {
    Endpoint next = *stored();
    edit(next);
    ++next.version;
    apply(UpdateEndpoint{.endpoint = std::move(next)});
  }

  std::shared_ptr<const Endpoint> stored() { return store_->endpoints().find(endpoint_); }

  ManualClock clock_{kSince};
  SeededRandom random_{7};
  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  MerchantId merchant_;
  EndpointId endpoint_;
  DeliveryId delivery_;
  int attempts_ = 0;
};

TEST_F(FailingSinceTest, OutlivesARestartAndMakesNoNewVersion) {
  const CommitReport report = settle(DeliveryState::kWaiting, kSince);
  EXPECT_TRUE(report.endpoints.empty());
  EXPECT_EQ(stored()->failing_since, kSince);
  reopen();
  EXPECT_EQ(stored()->failing_since, kSince);
  EXPECT_EQ(stored()->version, 1);
  settle(DeliveryState::kDelivered, std::nullopt);
  reopen();
  EXPECT_EQ(stored()->failing_since, std::nullopt);
}

TEST_F(FailingSinceTest, StaysWhenPeopleChangeASetting) {
  Endpoint read_before = *stored();
  settle(DeliveryState::kWaiting, kSince);
  read_before.description = "ERP";
  ++read_before.version;
  apply(UpdateEndpoint{.endpoint = std::move(read_before)});
  EXPECT_EQ(stored()->failing_since, kSince);
  change([](Endpoint& endpoint) { endpoint.state = EndpointState::kDisabled; });
  EXPECT_EQ(stored()->failing_since, kSince);
}

TEST_F(FailingSinceTest, IsForgottenWhenTheEndpointIsResumedOrMoved) {
  settle(DeliveryState::kWaiting, kSince);
  change([](Endpoint& endpoint) { endpoint.state = EndpointState::kDisabled; });
  change([](Endpoint& endpoint) { endpoint.state = EndpointState::kActive; });
  EXPECT_EQ(stored()->failing_since, std::nullopt);
  settle(DeliveryState::kWaiting, kSince);
  change([](Endpoint& endpoint) { endpoint.url = "https://hooks.example.com/other"; });
  reopen();
  EXPECT_EQ(stored()->failing_since, std::nullopt);
}

}  // namespace
}  // namespace returnflows
